const FENCED = /^([ \t]*)(`{3,}|~{3,}).*\n[\s\S]*?^[ \t]*\2[ \t]*$/gm

/** A Markdown text without its code. */
export function proseOf(text: string): string {
  return text.replaceAll(FENCED, '').replaceAll(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, '')
}

/** Where the links and images of a Markdown text lead, in order. */
export function linksOf(text: string): string[] {
  const prose = proseOf(text)
  const inline = prose.matchAll(/\]\((?<target>[^()\s]+)(?:\s+"[^"]*")?\)/g)
  const references = prose.matchAll(/^\[(?!\^)[^\]]+\]:\s+(?<target>\S+)/gm)
  return [...inline, ...references].map(({ groups }) => groups?.target ?? '')
}

/**
 * The anchors of a page's headings that both VitePress and the forge make, so that links to them work in both. Error codes are
 * named as the site makes them: messages link to it.
 */
export function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(FENCED, '').matchAll(/^#{1,6} (?<heading>.+)$/gm)
  return new Set(
    [...headings].flatMap(({ groups }) => {
      const heading = (groups?.heading ?? '').replaceAll('`', '')
      const anchor = siteAnchorOf(heading)
      return anchor === forgeAnchorOf(heading) || /^ERR_[A-Z_]+$/.test(heading) ? [anchor] : []
    }),
  )
}

/** As VitePress makes them. */
function siteAnchorOf(heading: string): string {
  return heading
    .normalize('NFKD')
    .replaceAll(/[\u0300-\u036F]/g, '')
    .replaceAll(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .replace(/^(\d)/, '_$1')
    .toLowerCase()
}

function forgeAnchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-')
}
