// The stream seqs of an object's chunks in a few characters: the first one, then the steps from one to the next, equal
// steps counted. `2s,1*7` is 100, 101, … 107 (base 36). By these a read asks for its chunks directly, in any order.

export function encodeSeqs(seqs: readonly number[]): string {
  const parts: string[] = [];
  let previous = 0;
  let step = -1;
  let count = 0;
  const flush = () => {
    if (count > 0) parts.push(count === 1 ? step.toString(36) : `${step.toString(36)}*${count.toString(36)}`);
    count = 0;
  };
  for (const seq of seqs) {
    if (seq - previous !== step) {
      flush();
      step = seq - previous;
    }
    count += 1;
    previous = seq;
  }
  flush();
  return parts.join(',');
}

/** @param count  how many there must be @returns undefined when `text` does not give that many rising seqs */
export function decodeSeqs(text: string, count: number): number[] | undefined {
  const seqs: number[] = [];
  let seq = 0;
  for (const part of text === '' ? [] : text.split(',')) {
    const [stepText = '', timesText = '1'] = part.split('*');
    const step = Number.parseInt(stepText, 36);
    const times = Number.parseInt(timesText, 36);
    if (!(step > 0) || !(times > 0) || seqs.length + times > count) return undefined;
    for (let i = 0; i < times; i++) {
      seq += step;
      seqs.push(seq);
    }
  }
  return seqs.length === count ? seqs : undefined;
}
