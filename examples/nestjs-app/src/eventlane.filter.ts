import {
  BadRequestException,
  Catch,
  HttpException,
  ServiceUnavailableException,
  type ArgumentsHost,
} from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import { EmissionError, InvalidPayloadError, QueueFullError } from 'eventlane'

/** Gives what `emit` throws, and what handlers throw, the status that it means. */
@Catch(InvalidPayloadError, QueueFullError, EmissionError)
export class EventlaneFilter extends BaseExceptionFilter {
  override catch(error: InvalidPayloadError | QueueFullError | EmissionError, host: ArgumentsHost): void {
    super.catch(httpExceptionOf(error), host)
  }
}

function httpExceptionOf(error: InvalidPayloadError | QueueFullError | EmissionError): Error {
  if (error instanceof InvalidPayloadError)
    return new BadRequestException({ error: 'invalid payload', issues: error.issues })
  if (error instanceof QueueFullError) return new ServiceUnavailableException('too much to do')
  // What a handler has thrown for the client; all else is logged, and is nothing for the client.
  return error.errors.map(({ cause }) => cause).find((cause) => cause instanceof HttpException) ?? error
}
