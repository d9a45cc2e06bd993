import { log } from '../telemetry/log.js';

/** Work on Redis that a process repeats for as long as it runs, one time after the other; what fails waits for the next. */
export class RecurringWork {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /**
   * @param event what a failure is called in the log
   * @param everyMs from the beginning of one time to that of the next
   */
  constructor(
    private readonly event: string,
    private readonly everyMs: number,
    private readonly work: () => Promise<void>,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.run();
    }, this.everyMs);
  }

  /** Settles once the time that runs is over; there is no other one. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async run(): Promise<void> {
    try {
      await this.work();
    } catch (error) {
      log.warn({ event: this.event, err: error }, 'the rest waits for the next time');
    }
    this.running = undefined;
  }
}
