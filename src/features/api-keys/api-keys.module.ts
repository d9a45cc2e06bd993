import { Module } from '@nestjs/common';
import { ApiKeysHttpController } from './api-keys.http.controller.js';
import { ApiKeysMessageController } from './api-keys.message.controller.js';
import { ApiKeysService } from './api-keys.service.js';

@Module({
  controllers: [ApiKeysHttpController, ApiKeysMessageController],
  providers: [ApiKeysService],
  exports: [ApiKeysService],
})
export class ApiKeysModule {}
