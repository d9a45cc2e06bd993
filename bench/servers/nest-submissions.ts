import {
  type CanActivate,
  type ExecutionContext,
  ForbiddenException,
  Injectable,
  UnauthorizedException,
} from '@nestjs/common';
import { IsIn, IsNumber, IsObject, IsOptional, IsString, Length, Max, Min } from 'class-validator';
import { type Credential, RedisWork } from './redis-work.js';

const MAX_MAGNITUDE = 2 ** 53;

/** The body of a submission, with the decorators that everyone uses. */
export class SubmissionBody {
  @IsString()
  @Length(1, 256)
  member!: string;

  @IsNumber()
  @Min(-MAX_MAGNITUDE)
  @Max(MAX_MAGNITUDE)
  score!: number;

  @IsOptional()
  @IsIn(['set', 'best', 'increment'])
  operator?: string;

  @IsOptional()
  @IsObject()
  metadata?: Record<string, unknown>;
}

/** A request of either platform, as far as the guard and the routes look at it. */
export interface IdentifiedRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly params: Readonly<Record<string, string>>;
  readonly ip: string;
  caller: Credential;
}

/** Lets in who has the permission to write to the board. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  constructor(private readonly work: RedisWork) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<IdentifiedRequest>();
    const caller = await this.work.credentialOf(request.headers.authorization);
    if (caller === undefined) throw new UnauthorizedException();
    if (!caller.permissions.allows('leaderboards:write', request.params.board))
      throw new ForbiddenException();
    request.caller = caller;
    return true;
  }
}
