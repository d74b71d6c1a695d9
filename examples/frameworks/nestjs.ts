// NestJS: `imports: [EmitterModule]`, then `@Inject(Emitter) private readonly io: Emitter`.
import { Global, Inject, Module, type OnApplicationShutdown } from "@nestjs/common";
import { Emitter } from "socket.io-postgres-emitter-rs";

@Global()
@Module({
  providers: [
    { provide: Emitter, useFactory: () => new Emitter(process.env.DATABASE_URL ?? null) },
  ],
  exports: [Emitter],
})
export class EmitterModule implements OnApplicationShutdown {
  @Inject(Emitter) private readonly io!: Emitter;

  /** Called by `app.close()`, and at a signal after `app.enableShutdownHooks()`. */
  onApplicationShutdown() {
    return this.io.close();
  }
}
