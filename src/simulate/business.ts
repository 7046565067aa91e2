import { drawFrom, drawLognormal, drawUniform, drawWeighted, type Weighted } from './random.ts'
import { sendRelationshipSurvey } from './surveys.ts'
import {
  after,
  createSubject,
  drawChance,
  drawCustomer,
  type EventBody,
  nextId,
  recordEvent,
  type Subject,
  startArrivals,
  type World,
} from './world.ts'

const DAY_MS = 86_400_000
type Deed = (world: World, customer: Subject, customerId: string) => void

/** What customers do beside asking for help, and what the centre costs. */
export function startBusiness(world: World, perSecond: number): void {
  if (perSecond <= 0) return
  startArrivals(world, { curve: 'written', perSecond, name: 'business' }, () => {
    const customerId = drawCustomer(world)
    const customer = createSubject(world, nextId(world, 'b'), { customerId })
    customer.isOpen = false
    drawWeighted(world.random, deeds)(world, customer, customerId)
  })
  recordCosts(world)
}

const recordDeed = (describe: (world: World, customerId: string) => EventBody): Deed => {
  return (world, customer, customerId) => recordEvent(world, customer, describe(world, customerId))
}

const deeds: Weighted<Deed> = [
  [placeOrder, 44],
  [
    recordDeed((world, customerId) => ({
      type: 'engagement.recorded',
      customerId,
      kind: drawFrom(world.random, ['loyalty', 'visit', 'visit', 'training', 'other']),
    })),
    22,
  ],
  [recordDeed((_, customerId) => ({ type: 'customer.acquired', customerId })), 7],
  [recordDeed((_, customerId) => ({ type: 'customer.churned', customerId })), 4],
  [recordDeed((_, customerId) => ({ type: 'customer.reactivated', customerId })), 1],
  [
    recordDeed((world, customerId) => ({
      type: 'customer.updated',
      customerId,
      preferredChannel: drawFrom(world.random, ['voice', 'email', 'chat']),
    })),
    4,
  ],
  [refer, 3],
  [(world, customer) => sendRelationshipSurvey(world, customer), 11],
  [giveFeedback, 4],
]

function placeOrder(world: World, customer: Subject, customerId: string): void {
  const amountMinor = Math.round(drawLognormal(world.random, 4_900, 0.7))
  const orderId = nextId(world, 'o')
  const order = { customerId, orderId, amountMinor, marginMinor: Math.round(amountMinor * 0.38) }
  recordEvent(world, customer, { type: 'order.completed', ...order })
  if (!drawChance(world, 0.04)) return
  after(world, drawUniform(world.random, 1, 9) * DAY_MS, () =>
    recordEvent(world, customer, { type: 'order.refunded', ...order }),
  )
}

function refer(world: World, customer: Subject, customerId: string): void {
  const referralId = nextId(world, 'f')
  recordEvent(world, customer, { type: 'referral.made', customerId, referralId })
  if (!drawChance(world, 0.3)) return
  after(world, drawUniform(world.random, 0.2, 6) * DAY_MS, () =>
    recordEvent(world, customer, { type: 'referral.converted', customerId, referralId }),
  )
}

function giveFeedback(world: World, customer: Subject): void {
  const feedbackId = nextId(world, 'k')
  recordEvent(world, customer, { type: 'feedback.received', feedbackId })
  if (!drawChance(world, 0.6)) return
  after(world, drawLognormal(world.random, DAY_MS / 4, 1), () =>
    recordEvent(world, customer, { type: 'feedback.answered', feedbackId }),
  )
}

/** A day's salaries, told at its beginning. */
function recordCosts(world: World): void {
  const { nowMs } = world.agenda
  const periodStart = Math.ceil((nowMs + world.zoneOffsetMs) / DAY_MS) * DAY_MS - world.zoneOffsetMs
  after(world, periodStart - nowMs, () => {
    const tenant = createSubject(world, nextId(world, 'd'), {})
    tenant.isOpen = false
    recordEvent(world, tenant, {
      type: 'cost.recorded',
      costId: nextId(world, 'd'),
      amountMinor: Math.round(world.customerCount * drawUniform(world.random, 9, 11)),
      kind: 'salary',
      periodStart,
      periodEnd: periodStart + DAY_MS,
    })
    recordCosts(world)
  })
}
