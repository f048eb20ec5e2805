interface Page {
  nextCursor?: string | null;
}

/** Query options of a list that is loaded page by page. The first page needs no cursor. */
export const PAGES = {
  pageParamName: "cursor",
  initialPageParam: null,
  getNextPageParam: (page: Page) => page.nextCursor ?? undefined,
} as const;
