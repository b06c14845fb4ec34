// What a participant hears from people, through the gateway.
import { Controller } from '@nestjs/common';
import { namedParticipantOperations, type PersonalAnswer, type PersonRequest, type Place } from '@parley/contracts';
import { AnswersAs } from '@parley/messaging';
import { ParticipantShell } from './participant.shell.js';

@Controller()
export class PeopleController {
  constructor(private readonly shell: ParticipantShell) {}

  @AnswersAs(namedParticipantOperations.requests)
  requests(): { items: PersonRequest[] } {
    return { items: this.shell.people.requests };
  }

  @AnswersAs(namedParticipantOperations.castVote)
  castVote({ book, number, vote }: Place & { vote: 'commit' | 'abort' }): Promise<PersonalAnswer> {
    const place = { book, number };
    return this.shell.hearPerson(place, (reply, begin) => ({ type: 'person-voted', reply, place, vote, begin }));
  }

  @AnswersAs(namedParticipantOperations.acknowledge)
  acknowledge({ book, number }: Place): Promise<PersonalAnswer> {
    const place = { book, number };
    return this.shell.hearPerson(place, (reply) => ({ type: 'person-acknowledged', reply, place }));
  }
}
