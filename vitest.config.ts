import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: ['packages/*', 'examples/*', 'docs'],
    reporters: ['default', './scripts/summary-reporter.ts'],
  },
})
