import { defineProject, mergeConfig } from 'vitest/config'
import { project } from '../vitest.base.js'

export default mergeConfig(project('docs'), defineProject({ test: { include: ['test/**/*.test.ts'] } }))
