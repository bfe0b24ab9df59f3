// Cuts what a reader searches for: Latin words at their ends, Chinese into the longest words that
// the index knows, since the reader's browser has no dictionary.
function splitQuery(query) {
  const words = [];
  for (const part of query.split(/[^\p{Letter}\p{Number}_]+/gu)) {
    if (!/\p{Script=Han}/u.test(part)) {
      if (part) words.push(part);
      continue;
    }
    for (let at = 0; at < part.length; ) {
      let size = part.length - at;
      while (size > 1 && !Object.hasOwn(Search._index.terms, part.slice(at, at + size))) size--;
      if (size > 1 || part.length === 1) words.push(part.slice(at, at + size));
      at += size;
    }
  }
  return words;
}
