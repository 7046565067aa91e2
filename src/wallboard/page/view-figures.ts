import { html, nothing, type TemplateResult } from 'lit-html'
import { repeat } from 'lit-html/directives/repeat.js'
import { type Figure, formatText } from './formats.ts'
import { drawIcon, stateWords } from './icons.ts'
import { metricRows } from './metric-rows.ts'
import { queueColumns, ticketColumns, type Wall, type WallFigure, type WallRow } from './wall-model.ts'

/** The figures of the wall: tiles for the whole tenant, a table of queues, a table of tickets. */
export function drawFigures(wall: Wall, activeId: string | null): TemplateResult {
  return html`
    <section class="tiles headline" aria-label="The whole site">
      ${wall.headline.map((figure) => drawTile(figure, activeId))}
    </section>
    <section class="tiles secondary" aria-label="The whole site, more">
      ${wall.secondary.map((figure) => drawTile(figure, activeId))}
    </section>
    <div class="tables">
      ${drawTable({ title: 'Queues', columns: queueColumns, groups: [{ name: 'Queue', rows: wall.queues }] }, activeId)}
      ${drawTable({ title: 'Tickets and surveys', columns: ticketColumns, groups: wall.tickets }, activeId)}
    </div>`
}

function drawTile(figure: WallFigure, activeId: string | null): TemplateResult {
  return html`<button type="button" class="tile" data-figure=${figure.id} data-state=${figure.state}
      data-metric=${figure.row.id} data-length=${measureLength(figure.text)} aria-describedby=${figure.id === activeId ? 'details' : nothing}>
    <span class="tile-top"><span class="tile-label">${figure.row.label}</span>${drawState(figure)}</span>
    <span class="value">${drawFigure(figure.text)}</span>
    <span class="tile-note"><span>${figure.windowName}</span><span>${figure.note}</span></span>
  </button>`
}

/** For the style sheet: how much room a figure needs at full size. */
function measureLength(figure: Figure): string {
  const length = formatText(figure.filter(({ small }) => small !== true)).length
  if (length > 5) return 'long'
  return length < 4 && length < figure.map(({ text }) => text).join('').length ? 'unit' : String(length)
}

function drawState({ state }: WallFigure): TemplateResult | typeof nothing {
  if (state === 'plain') return nothing
  return html`<span class="state">${drawIcon(state)}<span>${stateWords[state]}</span></span>`
}

function drawFigure(figure: Figure): readonly TemplateResult[] {
  return figure.map(({ text, small }) =>
    small ? html`<span class="unit">${text}</span>` : html`<span>${text}</span>`,
  )
}

type Table = {
  readonly title: string
  readonly columns: typeof queueColumns
  readonly groups: Wall['tickets']
}

function drawTable({ title, columns, groups }: Table, activeId: string | null): TemplateResult {
  return html`<section class="card" aria-label=${title}>
    <h2>${title}</h2>
    ${groups.every(({ rows }) => rows.length === 0) ? html`<p class="empty">none yet</p>` : nothing}
    <table role="table" aria-label=${title}>
      ${groups.map((group) =>
        group.rows.length === 0
          ? nothing
          : html`<thead role="rowgroup">${drawHead(group, columns)}</thead>
              <tbody role="rowgroup">
                ${repeat(
                  group.rows,
                  ({ id }) => id,
                  (row, index) => drawRow(row, { activeId, isFirst: index === 0 }),
                )}
              </tbody>`,
      )}
    </table>
  </section>`
}

function drawHead({ name, rows }: Wall['tickets'][number], columns: Table['columns']): TemplateResult {
  const windowNames = columns.map((_, column) => rows[0]?.figures[column]?.windowName ?? '')
  return html`<tr role="row">
    <th role="columnheader" scope="col">${name}</th>
    ${columns.map(
      ({ metric }, column) => html`<th role="columnheader" scope="col">
        <span class="head">${metricRows[metric].label}</span> <span class="window">${windowNames[column]}</span>
      </th>`,
    )}
  </tr>`
}

type RowPlace = { readonly activeId: string | null; readonly isFirst: boolean }

function drawRow(row: WallRow, { activeId, isFirst }: RowPlace): TemplateResult {
  return html`<tr role="row">
    <th role="rowheader" scope="row"><bdi title=${row.name}>${row.name}</bdi></th>
    ${row.figures.map((figure, index) => drawCell(figure, { activeId, isFirst: isFirst && index === 0 }))}
  </tr>`
}

/** One tab stop a group of rows: from there the arrow keys lead on (details-panel.ts). */
function drawCell(figure: WallFigure, { activeId, isFirst }: RowPlace): TemplateResult {
  const { state } = figure
  return html`<td role="cell" data-label=${`${figure.row.label} · ${figure.windowName}`}>
    <button type="button" class="cell" tabindex=${isFirst ? 0 : -1} data-figure=${figure.id} data-state=${state}
        data-metric=${figure.row.id} aria-describedby=${figure.id === activeId ? 'details' : nothing}>
      ${state === 'plain' ? nothing : html`${drawIcon(state)}<span class="hidden">${stateWords[state]}</span>`}
      <span class="value">${drawFigure(figure.text)}</span>
    </button>
  </td>`
}
