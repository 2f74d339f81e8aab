import { workerEntries } from 'eventlane/bundler'
import { defineConfig } from 'vite'

/** `vite build` leaves packages where they are; `vite build --mode standalone` puts them into the bundle. */
export default defineConfig(({ mode }) => {
  const isStandalone = mode === 'standalone'
  return {
    ssr: isStandalone ? { noExternal: true } : { external: ['eventlane'] },
    // Handlers are found by their names.
    esbuild: { keepNames: true },
    build: {
      ssr: true,
      target: 'node20',
      minify: 'esbuild',
      sourcemap: true,
      outDir: isStandalone ? 'dist/vite-standalone' : 'dist/vite',
      rollupOptions: {
        input: { main: 'src/main.ts', ...(isStandalone ? workerEntries : {}) },
        // All in one folder, where the bundled eventlane finds its worker entries.
        output: { chunkFileNames: '[name]-[hash].js' },
      },
    },
  }
})
