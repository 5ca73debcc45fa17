using Parley.Client.Walking;
using Parley.Protocol.Chat.V1;

namespace Parley.Client.Sending;

/// <summary>Where a client number's sends go on.</summary>
/// <param name="Client">The client number.</param>
/// <param name="LastCounter">The last counter given out.</param>
/// <param name="Left">Sends that an earlier process left unanswered, in order.</param>
internal sealed record OutboxStart(ulong Client, ulong LastCounter, IReadOnlyList<Send> Left);

/// <summary>The session in whose name sends are made.</summary>
/// <param name="Authorization">The authorization metadata.</param>
/// <param name="OpenClientAsync">Asks the cluster for a further client number.</param>
internal sealed record SendingSession(
    string Authorization, Func<CancellationToken, Task<OpenClientResponse>> OpenClientAsync);

/// <summary>How a stream of sends ended.</summary>
/// <param name="Refusal">Why.</param>
/// <param name="NewClient">The client number is of no use any more.</param>
internal readonly record struct StreamEnd(Refusal Refusal, bool NewClient);
