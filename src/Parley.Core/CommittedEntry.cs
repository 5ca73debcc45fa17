namespace Parley.Core;

/// <summary>An entry of the Raft log, as far as the chat is concerned.</summary>
/// <param name="Index">Its log index, from 1; the applied index after it.</param>
/// <param name="Term">Its Raft term.</param>
/// <param name="TimeUs">Log time, microseconds since 1970-01-01T00:00:00Z; never before the last one's.</param>
/// <param name="Payload">An encoded <c>LoggedCommand</c>; empty for entries that only move the applied index.</param>
internal readonly record struct CommittedEntry(long Index, long Term, long TimeUs, ReadOnlyMemory<byte> Payload);
