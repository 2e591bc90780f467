import { component, differing, exact } from './behaviour.ts';

export const sqs = component({
  name: 'sqs',
  title: 'AWS SQS',
  engines: {
    embedded: [{ npm: 'fauxqs', title: 'fauxqs' }],
    docker: [{ compose: 'localstack', title: 'LocalStack' }],
  },
  behaviours: {
    'send-receive-delete': exact(
      'A message is sent, received once while it is hidden, and gone once it is deleted; the MD5 of its body is right.',
    ),
    'system-attributes': exact('A receive answers the attributes asked for: receive count, when it was sent and first received.'),
    'message-attributes': exact('Attributes of a message arrive as they were sent: text, number and binary.'),
    'batch-of-10': exact('A batch takes ten entries, of sends, deletes and changes of visibility.'),
    'batch-refusals': exact('A batch of eleven, of none, or with an id twice is refused as a whole, each by its own error.'),
    'batch-partial': differing(
      "An entry with a character that SQS does not take fails by itself as the sender's fault; its neighbours are sent.",
      {
        docker: { approximated: "it is not said to be the sender's fault" },
      },
    ),
    'batch-too-long': exact('A batch whose bodies together exceed 1 MiB is a BatchRequestTooLong.'),
    'delete-partial': differing('In a batch of deletes each receipt is answered by itself; one that never was a receipt fails.', {
      embedded: { absent: 'fauxqs answers every delete with success', notShown: 'what is missing is a refusal' },
      docker: { approximated: "it is not said to be the sender's fault" },
    }),
    'size-limit': exact('A body of 1 MiB is taken, one byte more is refused.'),
    'text-beyond-bmp': differing('Characters beyond the basic plane are taken, as XML 1.0 allows.', {
      embedded: { absent: 'fauxqs refuses them as invalid; messages of ours are pointers and hold none' },
    }),
    'text-refused': exact('Characters that XML 1.0 does not allow are an InvalidMessageContents.'),
    'long-poll-wakes': exact('A receiver that waits is woken by a message within a moment.'),
    'long-poll-ends': exact('A receiver to whom nothing comes gets an empty answer after the time that it wanted to wait.'),
    'visibility-expires': exact(
      'A message that is not deleted comes again after its visibility timeout, with another receipt and a count of two.',
    ),
    'visibility-change': exact('ChangeMessageVisibility hides a message for longer, or gives it back at once with 0.'),
    'visibility-limit': differing('A visibility timeout beyond twelve hours is refused.', {
      docker: { absent: 'LocalStack takes any', notShown: 'what is missing is a refusal' },
    }),
    'visibility-not-in-flight': differing('The visibility of a message that is not in flight cannot be changed: MessageNotInflight.', {
      docker: { absent: 'LocalStack hides it again', notShown: 'what is missing is a refusal' },
    }),
    'count-after-expiry': differing('A message whose visibility has run out counts as waiting again.', {
      embedded: { approximated: 'only once somebody has tried to receive it; until then it counts as hidden' },
    }),
    'receipt-invalid': differing('Something that never was a receipt is a ReceiptHandleIsInvalid.', {
      embedded: { approximated: 'to delete with it succeeds and does nothing; to change its visibility is a MessageNotInflight' },
    }),
    'receipt-after-expiry': exact('A receipt whose time has run out still deletes, as long as nobody else has received the message.'),
    'receipt-superseded': differing('The receipt of an earlier receive does not take the message from whoever has received it since.', {
      docker: { approximated: 'it does: the message is gone' },
    }),
    delay: exact('A message with DelaySeconds, or in a queue with a delay, is delivered only after it.'),
    'dead-letters': exact(
      'A message that was received maxReceiveCount times moves to the dead-letter queue instead of being received again.',
    ),
    'dead-letters-back': differing('StartMessageMoveTask moves dead letters back to where they came from.', {
      embedded: { absent: 'fauxqs does not know the action' },
    }),
    attributes: exact('Attributes of a queue are set and answered, with its ARN and its counts of waiting, hidden and delayed messages.'),
    'create-again': exact('Creating a queue again with the same attributes answers the same URL; with others it is refused.'),
    'missing-queue': exact('A queue that does not exist is a QueueDoesNotExist.'),
    list: exact('Queues are listed by their prefix, page by page.'),
    purge: exact('PurgeQueue removes every message, hidden ones too.'),
    'delete-queue': exact('A deleted queue is gone with its messages.'),
    'fifo-order': exact('A FIFO queue keeps the order in a group and holds the group back while one of its messages is in flight.'),
    'fifo-batch': differing('One receive gives several messages of a group, in their order.', {
      embedded: { approximated: 'one message of each group a receive' },
    }),
    'fifo-deduplication': exact('Within five minutes a FIFO queue takes a deduplication id, or a body where it goes by content, once.'),
    'fifo-refusals': exact('A FIFO queue refuses a message without a group, and a name without .fifo.'),
    'production-client': exact(
      "The services' own queue sends any number of bodies, answers each, receives, extends and deletes them, and counts them.",
    ),
    'production-wait': exact("The services' own queue is woken while it waits, and stops waiting when it is told to."),
    'production-errors': exact("The services' own queue tells a missing queue and a body too large, and that trying again is of no use."),
    'production-receipts': differing("The services' own queue answers the receipts of a delete one by one, and tells one that is none.", {
      embedded: { approximated: 'fauxqs answers every delete with success; a change of visibility is told' },
    }),
    'error-names': differing("Errors that the SDK's model does not name carry SQS's own names.", {
      embedded: { approximated: 'with AWS.SimpleQueueService. before them, as in the older query protocol' },
    }),
    signatures: differing('A request that is not signed with a known key is refused.', {
      embedded: { absent: 'fauxqs takes any signature', notShown: 'what is missing is a refusal' },
      docker: { absent: 'LocalStack takes any signature', notShown: 'what is missing is a refusal' },
    }),
    durability: differing('Messages outlive the server.', {
      embedded: {
        absent: 'queues are kept in memory; what they point at is still in the outbox and in the tables',
        notShown: 'nothing is left to ask',
      },
      docker: { absent: 'LocalStack keeps them in memory too', notShown: 'nothing is left to ask' },
    }),
    'in-flight-limit': differing('A queue has at most 120 000 messages in flight.', {
      embedded: { absent: 'no such limit', notShown: 'to see it takes as many receives' },
      docker: { absent: 'no such limit', notShown: 'to see it takes as many receives' },
    }),
  },
});
