/** A bar, with a line from the least to the most that rounds found. */
interface Bar {
  readonly label: string
  readonly value: number
  readonly min: number
  readonly max: number
  /** What the value is, in words. */
  readonly text: string
  readonly highlighted: boolean
}

/** Bars of one scale. */
export interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

const WIDTH = 720
const LABEL_WIDTH = 150
const BARS_WIDTH = 440
const BAR_HEIGHT = 18
const BAR_PITCH = 26
const TITLE_HEIGHT = 34
const PADDING = 12
const INK = '#1f2328'
const ACCENT = '#2563eb'
const GREY = '#9aa4b2'
const STYLE =
  '<style>@media (prefers-color-scheme: dark) { [fill="#fff"] { fill: #0d1117 } [fill="#1f2328"] { fill: #f0f6fc } [stroke="#1f2328"] { stroke: #f0f6fc } }</style>'

/** So much of the width is left to what lies beyond the longest bar; a line that needs more is cut. */
const MARGIN = 0.2

/** Horizontal bars as an SVG image. */
export function barChart(title: string, panels: readonly Panel[]): string {
  let top = PADDING
  const parts = panels.map((panel) => {
    const drawn = `<g transform="translate(0 ${top})">\n${drawPanel(panel)}\n</g>`
    top += TITLE_HEIGHT + panel.bars.length * BAR_PITCH
    return drawn
  })
  const height = top + PADDING
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13">`,
    `<title>${escapeText(title)}</title>`,
    STYLE,
    // A ground of its own: pages that show it may have any colour.
    `<rect width="${WIDTH}" height="${height}" rx="6" fill="#fff"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function drawPanel({ title, bars }: Panel): string {
  const most = Math.max(...bars.map(({ value }) => value)) * (1 + MARGIN)
  const positionOf = (value: number): number => LABEL_WIDTH + Math.min(value / most, 1) * BARS_WIDTH
  return [
    `<text x="${PADDING}" y="20" font-weight="600" fill="${INK}">${escapeText(title)}</text>`,
    ...bars.map((bar, index) => {
      const top = TITLE_HEIGHT + index * BAR_PITCH
      return `<g transform="translate(0 ${top})">${drawBar(bar, positionOf)}</g>`
    }),
  ].join('\n')
}

function drawBar(
  { label, value, min, max, text, highlighted }: Bar,
  positionOf: (value: number) => number,
): string {
  const [least, most] = [min, max].map((figure) => positionOf(figure).toFixed(1))
  const width = (positionOf(value) - LABEL_WIDTH).toFixed(1)
  return [
    `<text x="${LABEL_WIDTH - 8}" y="14" text-anchor="end" fill="${INK}">${escapeText(label)}</text>`,
    `<rect x="${LABEL_WIDTH}" width="${width}" height="${BAR_HEIGHT}" fill="${highlighted ? ACCENT : GREY}"/>`,
    `<path d="M${least} ${BAR_HEIGHT / 2}H${most}" stroke="${INK}"/>`,
    `<text x="${(positionOf(max) + 8).toFixed(1)}" y="14" fill="${INK}">${escapeText(text)}</text>`,
  ].join('')
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
