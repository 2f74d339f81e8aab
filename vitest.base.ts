import { defineProject } from 'vitest/config'

/** The settings every package's tests share; projects inherit none from the root config. */
export const project = (name: string) =>
  defineProject({
    test: {
      name,
      // The first TypeScript handler in a fresh worker waits for tsx to start.
      testTimeout: 90_000,
      hookTimeout: 90_000,
      server: {
        // Sibling packages are loaded by Node.js itself, as their users load them.
        deps: { external: [/\/packages\/[^/]+\/dist\//] },
      },
    },
  })
