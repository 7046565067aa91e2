import { html, type TemplateResult } from 'lit-html'
import { listDetails } from './figure-details.ts'
import type { ZoneTime } from './formats.ts'
import type { WallFigure } from './wall-model.ts'

/** Shows a figure's details while it is hovered, focused or was tapped; Escape ends it. Arrow keys move between cells. */
export type DetailsControl = {
  activeId(): string | null
  /** After each drawing: keeps the panel beside its figure. */
  place(): void
}

/** The pointer may cross the gap to the panel. */
const graceMs = 200

export function watchDetails(root: HTMLElement, redraw: () => void): DetailsControl {
  let activeId: string | null = null
  let closing: ReturnType<typeof setTimeout> | undefined

  const show = (id: string | null): void => {
    clearTimeout(closing)
    if (id === activeId) return
    activeId = id
    redraw()
  }
  const showTarget = ({ target }: Event): void => {
    const id = figureIdAt(target)
    if (id !== null) show(id)
    else if (target instanceof Element && target.closest('#details') !== null) clearTimeout(closing)
  }
  const leave = ({ target }: Event): void => {
    if (figureIdAt(target) === null && !(target instanceof Element && target.closest('#details'))) return
    clearTimeout(closing)
    closing = setTimeout(() => show(figureIdAt(document.activeElement)), graceMs)
  }

  root.addEventListener('pointerover', showTarget)
  root.addEventListener('focusin', showTarget)
  root.addEventListener('click', showTarget)
  root.addEventListener('pointerout', leave)
  root.addEventListener('focusout', leave)
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') show(null)
    else moveFocus(event)
  })
  return { activeId: () => activeId, place: () => placePanel(root, activeId) }
}

export function drawDetails(figure: WallFigure | undefined, zoneTime: ZoneTime): TemplateResult {
  if (figure === undefined) return html`<div id="details" role="tooltip" hidden></div>`
  return html`<div id="details" role="tooltip">
    <p class="details-title">${figure.row.label}</p>
    <p class="details-formula">${figure.row.formula}</p>
    <dl>${listDetails(figure, zoneTime).map(([term, text]) => html`<div><dt>${term}</dt><dd>${text}</dd></div>`)}</dl>
  </div>`
}

function figureIdAt(target: EventTarget | null): string | null {
  if (!(target instanceof Element)) return null
  return target.closest<HTMLElement>('[data-figure]')?.dataset.figure ?? null
}

function placePanel(root: HTMLElement, activeId: string | null): void {
  const panel = root.querySelector<HTMLElement>('#details')
  const anchor = activeId === null ? null : root.querySelector(`[data-figure="${CSS.escape(activeId)}"]`)
  if (panel === null || anchor === null) return
  const at = anchor.getBoundingClientRect()
  const gap = 8
  const fitsBelow = at.bottom + gap + panel.offsetHeight <= innerHeight
  const top = fitsBelow ? at.bottom + gap : Math.max(gap, at.top - gap - panel.offsetHeight)
  const left = Math.max(
    gap,
    Math.min(at.left, document.documentElement.clientWidth - panel.offsetWidth - gap),
  )
  panel.style.setProperty('top', `${top}px`)
  panel.style.setProperty('left', `${left}px`)
}

function moveFocus(event: KeyboardEvent): void {
  const cell = event.target instanceof Element ? event.target.closest('td') : null
  if (cell === null) return
  const next = neighbourOf(cell, event.key)
  if (next === null) return
  event.preventDefault()
  next.querySelector<HTMLElement>('button')?.focus()
}

function neighbourOf(cell: HTMLTableCellElement, key: string): Element | null {
  const row = cell.parentElement
  const rows = [...(cell.closest('table')?.querySelectorAll('tbody tr') ?? [])]
  const rowAt = (step: number): Element | null =>
    rows[rows.indexOf(row as Element) + step]?.children[cell.cellIndex] ?? null
  switch (key) {
    case 'ArrowLeft':
      return cell.previousElementSibling
    case 'ArrowRight':
      return cell.nextElementSibling
    case 'ArrowUp':
      return rowAt(-1)
    case 'ArrowDown':
      return rowAt(1)
    default:
      return null
  }
}
