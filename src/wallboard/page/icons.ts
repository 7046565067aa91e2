import { html, type SVGTemplateResult, svg, type TemplateResult } from 'lit-html'
import type { FigureState } from './figure-state.ts'

const shapes: Readonly<Record<Exclude<FigureState, 'plain'>, SVGTemplateResult>> = {
  ok: svg`<path d="M3 8.5l3.2 3.2L13 4.8" />`,
  warn: svg`<path d="M8 2L15 14H1z" /><path d="M8 6.6v3.4M8 11.8v.4" />`,
  breach: svg`<path d="M5 1.5h6L14.5 5v6L11 14.5H5L1.5 11V5z" /><path d="M8 4.4v4.6M8 11v.4" />`,
  'no-data': svg`<circle cx="8" cy="8" r="5.6" /><path d="M4.2 11.8l7.6-7.6" />`,
  stale: svg`<circle cx="8" cy="8" r="6" /><path d="M8 4.4V8l2.6 1.8" />`,
}

export const stateWords: Readonly<Record<Exclude<FigureState, 'plain'>, string>> = {
  ok: 'ok',
  warn: 'warning',
  breach: 'breach',
  'no-data': 'no data',
  stale: 'stale',
}

export function drawIcon(state: Exclude<FigureState, 'plain'>): TemplateResult {
  return html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${shapes[state]}</svg>`
}
