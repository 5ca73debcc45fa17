using System.Globalization;
using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Parley.Core;
using Parley.Core.Commands;
using Parley.Core.Log.V1;
using Parley.Raft;
using Parley.Server.Consensus;
using Parley.Server.Hosting;
using Parley.Server.Node.V1;

namespace Parley.Server.Nodes;

/// <summary>
/// What other nodes forward, looked at before it may get into the log, where it would stop every node that applies it.
/// Nodes do not lie; but one with a fault, or of another program, shall not take the others down. What it should have
/// kept back is left out, and it is told so. Any thread.
/// </summary>
internal sealed class ForwardedCommands(TimeProvider time, ILogger<ForwardedCommands> logger)
{
    private static readonly TimeSpan RefusalsLoggedEvery = TimeSpan.FromSeconds(1);

    private readonly Occasionally refusals = new(time, RefusalsLoggedEvery);

    /// <summary>What may be appended of a request; null: the sender's state is ahead of this one's, and it should try
    /// again in a moment.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="stream">Where it came.</param>
    /// <param name="from">The sender.</param>
    /// <param name="parts">This node.</param>
    public ForwardedBatch? Find(ForwardRequest request, ForwardedStream stream, NodeId from, NodeParts parts)
    {
        var batch = new ForwardedBatch(stream, request.Batch, request.Commands.Count);
        var version = parts.State.StateVersion;
        for (var place = 0; place < request.Commands.Count; place++)
        {
            var encoded = request.Commands[place];
            if (FindFault(encoded, from, parts, out var command) is { } fault)
            {
                batch.Refused.Add(place);
                Refuse(from, fault);
                continue;
            }

            if (command.StateVersion > version)
            {
                return null;
            }

            batch.Places.Add(place);
            batch.Commands.Add(encoded.Memory);
            batch.Tags.Add(new CommandTag(command.Tag.Node, command.Tag.StartNonce, command.Tag.Number));
        }

        return batch;
    }

    private static string? FindFault(ByteString encoded, NodeId from, NodeParts parts, out LoggedCommand command)
    {
        command = null!;
        if (encoded.Length > Limits.CommandBytesMax)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"has {encoded.Length} bytes, at most {Limits.CommandBytesMax} expected");
        }

        try
        {
            command = LoggedCommand.Parser.ParseFrom(encoded);
        }
        catch (InvalidProtocolBufferException)
        {
            return "cannot be read";
        }

        if (command.Tag?.Node != from.Value)
        {
            return "is not tagged as its own";
        }

        return CommandForm.FindFault(command)
            ?? (IsForAll(command, parts) ? null : "raises the state version beyond what every member knows");
    }

    /// <summary>Raising the version stops whoever does not know it, so a leader goes by what it was told itself.
    /// </summary>
    private static bool IsForAll(LoggedCommand command, NodeParts parts) =>
        command.CommandCase != LoggedCommand.CommandOneofCase.RaiseVersion
        || command.RaiseVersion.StateVersion <= VersionRaiser.FindCommon(parts.View.Current);

    private void Refuse(NodeId from, string fault)
    {
        if (refusals.IsDue())
        {
            Log.CommandRefused(logger, from.Value, fault);
        }
    }
}
