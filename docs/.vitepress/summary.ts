const LONGEST = 200

/** The first paragraph below the title of a Markdown page, as plain text, for search engines; cut after a word. */
export function summaryOf(page: string): string | undefined {
  const paragraph = /^# .*\n+(?![#`|<>!-])(?<text>\S[\s\S]*?)(?:\n\n|$)/m.exec(page)?.groups?.text
  if (paragraph === undefined) return undefined
  const text = paragraph
    .replaceAll(/\[(?<label>[^\]]*)\]\([^)]*\)/g, '$<label>')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
  if (text.length <= LONGEST) return text
  return `${text.slice(0, text.lastIndexOf(' ', LONGEST))} …`
}
