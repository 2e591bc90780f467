/** A page of a list with one item, as the examples of the declared routes show it. */
export const pageWith = <Item>(item: Item) => ({
  items: [item],
  pageInfo: { hasNextPage: false, hasPreviousPage: false, nextCursor: null },
  total: 1,
});
