/** Ends the tour with a reason: what happened, and lines on what is true now and what to do. */
export class Stop extends Error {
  constructor(message, lines = [], exit = 1) {
    super(message);
    this.lines = lines;
    this.exit = exit;
  }
}
