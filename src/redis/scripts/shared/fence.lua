-- Put in front of a script that refuses stale fencing tokens, in a variant of its own: after its keys and arguments it gets
-- the fence of one resource on its target and the token that the write carries. `defineScript` calls `fence_is_stale` in the
-- place of the script's line `-- fence`.
local FENCE, FENCE_TOKEN = table.remove(KEYS), table.remove(ARGV)
-- From the last fenced write on. Whoever still holds an older token by then was paused for as long.
local FENCE_TTL_MS = 2592000000

-- Whether the target has seen a newer token of the resource; if not, it has seen this one from here on.
local function fence_is_stale()
  -- Tokens are whole numbers up to 2^53-1, so doubles tell them apart.
  local seen = tonumber(redis.call('GET', FENCE) or 0)
  if seen > tonumber(FENCE_TOKEN) then return true end
  redis.call('SET', FENCE, FENCE_TOKEN, 'PX', FENCE_TTL_MS)
  return false
end
