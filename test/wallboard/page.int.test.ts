// biome-ignore-all lint/performance/useDomNodeTextContent: what counts is what a person reads on the screen
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createWallboard } from '../../src/wallboard/server.ts'
import { chromiumPath } from '../support/servers.ts'
import { putContactCentre } from './fake-contact-centre.ts'
import { createFakeSnapshots, makeSnapshot, snapshotKey, toIso } from './fake-snapshots.ts'
import { buildPageForTest } from './wallboard-page.ts'

const pingEveryMs = 400
const wallSize = { width: 1920, height: 1080 }
const phoneSize = { width: 390, height: 844 }

let browser: Browser
let pageDir: URL
const opened: { close(): Promise<unknown> }[] = []

beforeAll(async () => {
  pageDir = await buildPageForTest()
  const quiet = [
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ]
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet]
  browser = await chromium.launch({ executablePath: await chromiumPath(), args })
})

afterEach(async () => {
  for (const resource of opened.splice(0).reverse()) await resource.close()
})

afterAll(() => browser.close())

/** A wallboard whose snapshots come anew ten times a second. */
async function openWallboard(told: {
  readonly port?: number
  readonly buildId?: string
  readonly hostileQueue?: string
}) {
  const { port = 0, buildId = 'build-1', ...centre } = told
  const snapshots = createFakeSnapshots()
  const startMs = Date.now()
  const feed = (): void =>
    putContactCentre(snapshots, { nowMs: Date.now(), queuedFromMs: startMs, ...centre })
  feed()
  const timer = setInterval(feed, 100)
  const labels = { queueId: { billing: 'Billing' } }
  const options = {
    port,
    snapshots,
    clock: { now: Date.now },
    mode: { demo: true },
    buildId,
    labels,
    pageDir,
  }
  const wallboard = await createWallboard({ ...options, zone: 'Europe/Copenhagen', limits: { pingEveryMs } })
  const stopFeeding = (): void => clearInterval(timer)
  opened.push({ close: () => wallboard.close() }, { close: async () => stopFeeding() })
  return { wallboard, snapshots, stopFeeding }
}

/** The page, and what went wrong on it: errors, and violations of the content policy. */
async function openPage(url: string, size = wallSize) {
  const page = await browser.newPage({ viewport: size })
  opened.push(page)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('Failed to load resource'))
      faults.push(message.text())
  })
  await page.goto(url)
  await page.waitForSelector('.feed[data-level=live]')
  return { page, faults }
}

const figure = (page: Page, id: string) => page.locator(`[data-figure="${id}"]`)
const readValue = async (page: Page, id: string) =>
  (await figure(page, id).locator('.value').innerText()).trim()

function secondsOf(text: string): number {
  const [minutes = '0', seconds = '0'] = text.split(':')
  return Number(minutes) * 60 + Number(seconds)
}

test('the page shows the site, each queue, each channel, and the window of every figure', async () => {
  const { wallboard } = await openWallboard({})
  const { page, faults } = await openPage(wallboard.url)
  expect(await readValue(page, '/waitingNow')).toBe('12')
  expect(await readValue(page, '/serviceLevel')).toBe('77.4 %')
  expect(await figure(page, '/serviceLevel').innerText()).toMatch(/last 15 min\s+target 80 %/)
  expect(await figure(page, '/csat').innerText()).toMatch(/today\s+n 128/)
  expect(await readValue(page, '/nps')).toBe('+34')
  expect(await readValue(page, 'queueId=claims/serviceLevel')).toBe('35.2 %')
  expect(await readValue(page, 'queueId=billing/averageSpeedOfAnswer')).toBe('0:40')
  expect(await readValue(page, 'channel=email/openTickets')).toBe('55')
  expect(await page.locator('tbody th').allInnerTexts()).toContain('Billing')
  expect(await page.locator('.demo').innerText()).toBe('DEMO DATA')
  expect(faults).toEqual([])
})

test('a queue without a settled visit shows a dash and why, never 100 %', async () => {
  const { wallboard } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  const empty = figure(page, 'queueId=night line/serviceLevel')
  expect(await empty.getAttribute('data-state')).toBe('no-data')
  expect(await readValue(page, 'queueId=night line/serviceLevel')).toBe('—')
  await empty.hover()
  expect(await page.locator('#details').innerText()).toContain('nothing to measure yet')
})

test('the longest wait ticks each second without a frame', async () => {
  const { wallboard, stopFeeding } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  stopFeeding()
  const before = secondsOf(await readValue(page, '/longestWaitNow'))
  await expect
    .poll(async () => secondsOf(await readValue(page, '/longestWaitNow')), { timeout: 1_800 })
    .toBe(before + 1)
})

test('hover, focus and Escape: numerator, denominator, n and policy of a figure', async () => {
  const { wallboard } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  const details = page.locator('#details')
  await figure(page, '/serviceLevel').hover()
  for (const text of [
    /answered in time\s+311/,
    /due\s+402/,
    /n\s+402/,
    /policy\s+default-20s/,
    /target\s+80 %, not met/,
  ]) {
    expect(await details.innerText()).toMatch(text)
  }
  await page.keyboard.press('Escape')
  expect(await details.isHidden()).toBe(true)
  await figure(page, 'queueId=billing/waitingNow').focus()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowDown')
  expect(await page.locator(':focus').getAttribute('data-figure')).toBe('queueId=cards/serviceLevel')
  expect(await details.innerText()).toMatch(/due\s+66/)
  expect(await page.locator(':focus').getAttribute('aria-describedby')).toBe('details')
})

test('a hostile queue name is text', async () => {
  const hostileQueue = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`
  const { wallboard } = await openWallboard({ hostileQueue })
  const { page, faults } = await openPage(wallboard.url)
  expect(await page.locator('tbody th').allInnerTexts()).toContain(hostileQueue)
  expect(await page.locator('main img, main script').count()).toBe(0)
  expect(await page.title()).not.toBe('owned')
  expect(faults).toEqual([])
})

test('when snapshots stop, the page says within the limits that the processor is down, and greys every tile', async () => {
  const { wallboard, stopFeeding } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  stopFeeding()
  await page.waitForSelector('.feed[data-level=delayed][data-cause=processor]', {
    timeout: 2 * pingEveryMs + 2_000,
  })
  await page.waitForSelector('.feed[data-level=stale][data-cause=processor]', {
    timeout: 5 * pingEveryMs + 2_000,
  })
  expect(await page.locator('.feed').innerText()).toMatch(
    /STALE since \d\d:\d\d:\d\d\s+The processor is down/,
  )
  const states = await page
    .locator('.tile')
    .evaluateAll((tiles) => tiles.map((tile) => tile.getAttribute('data-state')))
  expect(new Set(states)).toEqual(new Set(['stale']))
  const stood = await readValue(page, '/longestWaitNow')
  await page.waitForTimeout(1_500)
  expect(await readValue(page, '/longestWaitNow')).toBe(stood)
})

test('when the watermark stands still, the page says that the sources are silent', async () => {
  const { wallboard, snapshots, stopFeeding } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  stopFeeding()
  const stuckMs = Date.now()
  const stuck = { asOf: toIso(stuckMs), watermark: toIso(stuckMs) }
  const heartbeat = () => snapshots.put('heartbeat', { ...stuck, emittedAt: toIso(Date.now()) })
  const timer = setInterval(heartbeat, 100)
  opened.push({ close: async () => clearInterval(timer) })
  await page.waitForSelector('.feed[data-level=stale][data-cause=sources]', {
    timeout: 5 * pingEveryMs + 2_000,
  })
  expect(await page.locator('.feed').innerText()).toContain('The sources are silent')
})

test('when the server stops, the page says so; when it is back, the page is live again without a reload', async () => {
  const { wallboard } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  await page.evaluate(() => document.body.setAttribute('data-same-page', ''))
  await wallboard.close()
  await page.waitForSelector('.feed[data-cause=server]', { timeout: 2_000 })
  await page.waitForSelector('.feed[data-level=stale][data-cause=server]', {
    timeout: 5 * pingEveryMs + 2_000,
  })
  expect(await page.locator('.feed').innerText()).toContain('lost the server')
  await openWallboard({ port: Number(new URL(wallboard.url).port) })
  await page.waitForSelector('.feed[data-level=live]', { timeout: 15_000 })
  expect(await page.locator('body[data-same-page]').count()).toBe(1)
}, 40_000)

test('a server with another build id makes the page reload itself', async () => {
  const { wallboard } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  await page.evaluate(() => document.body.setAttribute('data-same-page', ''))
  await wallboard.close()
  await openWallboard({ port: Number(new URL(wallboard.url).port), buildId: 'build-2' })
  await page.waitForSelector('body:not([data-same-page]) .feed[data-level=live]', { timeout: 15_000 })
}, 40_000)

test('a wall whose clock is three hours slow shows no wait below zero and is live', async () => {
  const { wallboard } = await openWallboard({})
  const page = await browser.newPage({ viewport: wallSize })
  opened.push(page)
  await page.addInitScript(() => {
    const now = Date.now
    Date.now = () => now() - 3 * 3_600_000
  })
  await page.goto(wallboard.url)
  await page.waitForSelector('.feed[data-level=live]')
  expect(secondsOf(await readValue(page, '/longestWaitNow'))).toBeGreaterThanOrEqual(187)
})

test('a figure that goes from 9 to 10 moves nothing', async () => {
  const { wallboard, snapshots, stopFeeding } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  stopFeeding()
  const boxes = () =>
    page
      .locator('.tile, th, td')
      .evaluateAll((all) => all.map((one) => JSON.stringify(one.getBoundingClientRect())))
  const put = (value: number) => {
    const metrics = {
      waitingNow: { value, unit: 'count', n: value },
      longestWaitNow: { value: null, unit: 'ms', reason: 'no-data' },
    }
    const shape = { scope: { queueId: 'cards' }, window: 'now', asOfMs: Date.now(), metrics }
    snapshots.put(snapshotKey(shape), makeSnapshot(shape))
  }
  put(9)
  await expect.poll(() => readValue(page, 'queueId=cards/waitingNow')).toBe('9')
  const before = await boxes()
  put(10)
  await expect.poll(() => readValue(page, 'queueId=cards/waitingNow')).toBe('10')
  expect(await boxes()).toEqual(before)
})

test.each([
  ['dark wall', '/?theme=dark', wallSize],
  ['light phone', '/?theme=light', phoneSize],
])('axe finds nothing on a %s, live, with details open, and stale', async (_, path, size) => {
  const { wallboard, stopFeeding } = await openWallboard({})
  const { page, faults } = await openPage(`${wallboard.url}${path}`, size)
  expect(await findViolations(page)).toEqual([])
  await figure(page, '/serviceLevel').focus()
  expect(await findViolations(page)).toEqual([])
  stopFeeding()
  await page.waitForSelector('.feed[data-level=stale]')
  expect(await findViolations(page)).toEqual([])
  expect(faults).toEqual([])
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width).toBeLessThanOrEqual(size.width)
})

/** axe is run by the debugger, beside the page's content policy. */
async function findViolations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run()
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`),
    )
  })
}

test('screen readers are told when a state changes, not when a number ticks', async () => {
  const { wallboard, stopFeeding } = await openWallboard({})
  const { page } = await openPage(wallboard.url)
  const region = page.locator('[aria-live=polite]')
  await expect.poll(() => region.textContent()).toContain('Numbers are live')
  const said = await region.textContent()
  await page.waitForTimeout(1_200)
  expect(await region.textContent()).toBe(said)
  stopFeeding()
  await expect.poll(() => region.textContent(), { timeout: 5_000 }).toContain('STALE since')
})
