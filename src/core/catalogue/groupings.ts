import type { MetricRow } from './row.ts'

type Belonging = Pick<MetricRow, 'groupedBy' | 'merged'>

export const ofVisit: Belonging = { groupedBy: { as: 'when the visit was queued' } }
export const ofAnswer: Belonging = {
  groupedBy: { as: 'when the visit was queued', agent: 'who answered it' },
}
/** A leg without a visit has the dimensions of its answer. */
export const ofLeg: Belonging = {
  groupedBy: { as: "when the leg's visit was queued", agent: 'the agent of the leg' },
}
export const ofReply: Belonging = { groupedBy: { as: 'at the reply', agent: 'its sender' }, merged: 'kept' }
export const ofAssignee: Belonging = {
  groupedBy: { as: 'at the instant it is filed at', agent: 'the assignee then' },
  merged: 'lost',
}
export const ofOpenTicket: Belonging = {
  groupedBy: {
    as: 'at the instant that is read: a ticket that changes hands moves',
    agent: 'the assignee then',
  },
  merged: 'lost',
}
export const ofTicket: Belonging = { groupedBy: { as: 'at the instant it is filed at' }, merged: 'lost' }
export const ofCreation: Belonging = { groupedBy: { as: 'at the creation' }, merged: 'lost' }
export const ofBeginning: Belonging = { groupedBy: { as: 'at its beginning' }, merged: 'lost' }
export const ofCase: Belonging = {
  groupedBy: {
    as: 'when the visit was queued, or at the message',
    agent: 'each agent who answered or wrote',
  },
  merged: 'kept',
}
export const ofSurvey: Belonging = {
  groupedBy: {
    as: 'when the survey was sent',
    agent: "the one the survey names, else the ticket's assignee then, or the agent of the call's last leg",
  },
  merged: 'kept',
}
