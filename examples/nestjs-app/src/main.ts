import 'reflect-metadata'
import { NestFactory } from '@nestjs/core'
import type { Executor } from 'eventlane'
import { AppModule } from './app.module.js'
import { EXECUTOR } from './eventlane.module.js'

async function bootstrap(): Promise<void> {
  const app = await NestFactory.create(AppModule)
  app.enableShutdownHooks()
  await app.listen(process.env.PORT ?? 3000, '127.0.0.1')
  console.log(`listening on ${await app.getUrl()}, handlers in ${app.get<Executor>(EXECUTOR).mode}`)
}

void bootstrap()
