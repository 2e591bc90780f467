import { component, differing, exact } from './behaviour.ts';

const sink = [{ own: 'sim/standins/mail' }];
const both = <Same>(same: Same): { readonly embedded: Same; readonly docker: Same } => ({ embedded: same, docker: same });

export const mail = component({
  name: 'mail',
  title: 'Mail sink',
  engines: both(sink),
  behaviours: {
    'in-and-out': exact('What a mail client sends over SMTP is given back over HTTP: from, to, subject and text, in any script.'),
    'newest-first': exact(
      'Messages to an address are listed newest first, whatever the case of its letters; the latest is asked for by itself.',
    ),
    'several-recipients': exact('A message to several is found under each of them.'),
    'none-yet': exact('Before a message has come, and after a DELETE, the latest one is a 404.'),
    'production-client': exact("The services' own mailer is understood."),
    restart: exact('A restart keeps the messages.'),
    delivery: differing(
      'Mail leaves the machine.',
      both({
        absent: 'nothing is ever passed on',
        notShown: 'there is nobody outside to ask',
      }),
    ),
    tls: differing('STARTTLS is offered.', both({ absent: 'plain SMTP on the loopback interface' })),
    authentication: differing('The client signs in.', both({ absent: 'anybody on this machine may send' })),
    bounces: differing(
      'Mail to an address that does not exist bounces.',
      both({
        absent: 'every address is taken',
        notShown: 'what is missing is a refusal',
      }),
    ),
  },
});
