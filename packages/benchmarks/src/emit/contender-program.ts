import { answerSamples } from '../contender-process.js'
import type { Contender } from '../contest.js'
import { emitContender } from './contenders.js'
import type { EmitTask } from './delivery.js'
import type { SubjectName } from './subjects.js'

const subject = process.argv[2] as SubjectName
const contenders = new Map<string, Contender>()

answerSamples<EmitTask>((task) => {
  const key = `${task.delivery} ${task.handlers}`
  const contender = contenders.get(key) ?? emitContender(subject, task)
  contenders.set(key, contender)
  return contender
})
