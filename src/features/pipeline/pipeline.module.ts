import { type DynamicModule, Module, type Type } from '@nestjs/common';
import { PayloadProcessor } from './payload-processor.js';
import { CompleteEffectHandler } from './pipeline.complete-effect.js';
import { PipelineHttpController } from './pipeline.http.controller.js';
import { PipelineKeys } from './pipeline.keys.js';
import { PipelineMessageController } from './pipeline.message.controller.js';
import { ProcessTask } from './pipeline.process-task.js';
import { PayloadRecords } from './pipeline.records.js';
import { PipelineService } from './pipeline.service.js';
import { PipelineWorkers } from './pipeline.workers.js';

@Module({})
export class PipelineModule {
  /** A pipeline in which payloads become what `processor` makes of them; it may ask for what `imports` export. */
  static forRoot(processor: Type<PayloadProcessor>, imports: readonly Type[]): DynamicModule {
    return {
      module: PipelineModule,
      imports: [...imports],
      controllers: [PipelineHttpController, PipelineMessageController],
      providers: [
        CompleteEffectHandler,
        PipelineKeys,
        PayloadRecords,
        PipelineService,
        PipelineWorkers,
        ProcessTask,
        { provide: PayloadProcessor, useClass: processor },
      ],
      exports: [PipelineService],
    };
  }
}
