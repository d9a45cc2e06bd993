-- The owner's sessions that are not over, in no order, each with what is stored of it but its box.
local function standing_sessions()
  local found = {}
  for _, field in ipairs(redis.call('HKEYS', SESSIONS)) do
    if field:sub(-1) == 'h' then
      local rest = field:sub(1, -2)
      local stored = redis.call('HMGET', SESSIONS, field, rest .. 's')
      local created, idle, ends = (stored[1] or ''):match('^(%d+) (%d+) (%d+) ')
      local seen_at = (stored[2] or ''):match('^(%d+) ')
      if created and seen_at and not is_over(seen_at, idle, ends) then
        found[#found + 1] = { rest = rest, created = tonumber(created), head = stored[1], seen = stored[2] }
      end
    end
  end
  return found
end

local function is_older(a, b)
  if a.created ~= b.created then return a.created < b.created end
  return a.rest < b.rest
end
