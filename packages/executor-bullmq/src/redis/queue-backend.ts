import {
  QueueKeys,
  RedisConnection,
  RedisQueueBackend,
  type BackendFactory,
  type FlowProducerOptions,
} from 'bullmq'

type BackendClass<Backend> = new (...parts: ConstructorParameters<typeof RedisQueueBackend>) => Backend

/**
 * Has a part of BullMQ work on the very client that it is given. By itself, it makes another one where it reads, which nobody else
 * can end.
 *
 * @param settings whether it reads, and so waits for Redis where that is away
 */
export function ownBackend<Backend extends RedisQueueBackend>(
  Backend: BackendClass<Backend>,
  { reads }: { readonly reads: boolean },
): BackendFactory<Backend> {
  return (name, options) => {
    const keys = new QueueKeys((options as FlowProducerOptions).prefix)
    const settings = { shared: true, blocking: reads, skipWaitingForReady: reads }
    const connection = new RedisConnection(options.connection, settings)
    return new Backend(connection, name, keys.getKeys(name), (type) => keys.toKey(name, type), options)
  }
}
