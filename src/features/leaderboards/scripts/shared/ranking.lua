-- Ranks and rows of entries; used after board.lua.

-- The rank of the entry at 0-based `index` with the stored score `stored`.
local function rank_of(ranking, index, stored)
  if ranking == 'competition' then return redis.call('ZCOUNT', ENTRIES, '-inf', '(' .. text(stored)) + 1 end
  if ranking == 'dense' then return redis.call('ZRANK', SCORES, text(stored)) + 1 end
  return index + 1
end

-- Rows member, score, rank, metadata of the `count` entries from 0-based `start`, and the last element and score.
local function rows_from(board, ranking, start, count)
  local rows, members = {}, {}
  local range = count > 0 and redis.call('ZRANGE', ENTRIES, start, start + count - 1, 'WITHSCORES') or {}
  local rank, before
  for at = 1, #range, 2 do
    local stored, index = tonumber(range[at + 1]), start + (at - 1) / 2
    if before == nil then
      rank = rank_of(ranking, index, stored)
    elseif ranking == 'ordinal' or (ranking == 'competition' and stored ~= before) then
      rank = index + 1
    elseif ranking == 'dense' and stored ~= before then
      rank = rank + 1
    end
    before = stored
    members[#members + 1] = member_of(board, range[at])
    rows[#rows + 1] = { members[#members], text(board.sign * stored), rank, false }
  end
  if #members > 0 then
    local documents = redis.call('HMGET', METADATA, unpack(members))
    for at, document in ipairs(documents) do rows[at][4] = document end
  end
  local flat = {}
  for _, row in ipairs(rows) do
    for column = 1, 4 do flat[#flat + 1] = row[column] end
  end
  return flat, range[#range - 1], range[#range]
end
