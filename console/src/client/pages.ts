interface Page {
  nextCursor?: string | null;
}

/** The options of a list that is loaded page by page. The first page has no cursor. */
export const PAGES = {
  pageParamName: "cursor",
  initialPageParam: null,
  getNextPageParam: (page: Page) => page.nextCursor ?? undefined,
} as const;
