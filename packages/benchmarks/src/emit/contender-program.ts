import type { Contender } from '../contest.js'
import { collectYoungGarbage } from '../garbage.js'
import type { SampleReply, SampleRequest } from './contender-process.js'
import { emitContender } from './contenders.js'
import type { SubjectName } from './subjects.js'

const subject = process.argv[2] as SubjectName
const contenders = new Map<string, Contender>()

process.on('message', ({ delivery, handlers, sampleMs }: SampleRequest) => {
  const key = `${delivery} ${handlers}`
  const contender = contenders.get(key) ?? emitContender(subject, { delivery, handlers })
  contenders.set(key, contender)
  void measure(contender, sampleMs).then((reply) => process.send?.(reply))
})
process.on('disconnect', () => process.exit())

async function measure(contender: Contender, sampleMs: number): Promise<SampleReply> {
  collectYoungGarbage()
  try {
    return { figures: await contender.measure(sampleMs) }
  } catch (error) {
    return { error: String(error) }
  }
}
