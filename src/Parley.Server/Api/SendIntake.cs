using System.Text;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Protocol.Chat.V1;
using Parley.Server.Consensus;
using Parley.Server.Presence;

namespace Parley.Server.Api;

/// <summary>
/// Takes messages in: checks what depends on protocol constants alone (in the order of the code), then the account's
/// rate, then proposes. Nothing before the log settles a counter.
/// </summary>
internal sealed class SendIntake(
    Proposer proposer, StateAccess state, ReadIndexer readIndexer, SendRates rates, PresenceBook presence)
{
    /// <summary>The most bytes of UTF-8 that one UTF-16 unit can become.</summary>
    private const int BytesPerCharacterMax = 3;

    /// <summary>Proposes a message, or says why not. Completes at once, before the outcome, unless the recipient's name
    /// is unknown here; calls made one after the other are proposed in that order.</summary>
    public async ValueTask<TakenSend> TakeAsync(
        SessionFacts session, SendMessageRequest request, CancellationToken cancellationToken)
    {
        if (Check(request) is { } reason)
        {
            return TakenSend.Refused(request.MessageId, reason);
        }

        var wait = rates.Take(session.Account, state.Directory.Settings);
        if (wait > TimeSpan.Zero)
        {
            return TakenSend.Refused(request.MessageId, Reasons.RateLimited) with { RetryAfter = wait };
        }

        presence.Acted(session.Account);
        try
        {
            var name = RoomNames.FindTarget(request.Recipient)!;
            var recipient = FindNumber(name);
            if (recipient is null)
            {
                // Created just now at another node? Apply alone says NOT_FOUND, for that settles the counter.
                await readIndexer.WaitAsync(cancellationToken);
                recipient = FindNumber(name);
            }

            var command = ToCommand(session, request, name, recipient ?? 0);
            return TakenSend.Proposed(request.MessageId, proposer.ProposeAsync(command, cancellationToken));
        }
        catch (NotDoneException notDone)
        {
            return TakenSend.Refused(request.MessageId, Reasons.Of(notDone.Reason)) with { Sentence = notDone.Message };
        }
    }

    private long? FindNumber(string name) => RoomNames.IsRoom(name)
        ? state.Directory.Rooms.FindNumber(name)
        : state.Directory.FindAccount(name)?.Number;

    /// <summary>What is wrong with a text; null: nothing.</summary>
    public static Reason? CheckText(string text) => string.IsNullOrWhiteSpace(text) ? Reasons.TextEmpty
        : IsTooLong(text) ? Reasons.TextTooLong
        : null;

    private static Reason? Check(SendMessageRequest request)
    {
        if (MessageId.Find(request.MessageId) is null)
        {
            return Reasons.MessageIdInvalid;
        }

        if (RoomNames.FindTarget(request.Recipient) is null)
        {
            return Reasons.NameInvalid;
        }

        if (request.Nonce.Length > ApiLimits.NonceBytesMax)
        {
            return Reasons.NonceInvalid;
        }

        return CheckText(request.Text);
    }

    /// <summary>Counts bytes only where the number of characters does not tell.</summary>
    private static bool IsTooLong(string text) =>
        text.Length * BytesPerCharacterMax > Limits.TextBytesMax
        && (text.Length > Limits.TextBytesMax || Encoding.UTF8.GetByteCount(text) > Limits.TextBytesMax);

    private static LoggedCommand ToCommand(
        SessionFacts session, SendMessageRequest request, string recipientName, long recipient)
    {
        var id = MessageId.Find(request.MessageId).GetValueOrDefault();
        var isToRoom = RoomNames.IsRoom(recipientName);
        return new LoggedCommand
        {
            SendMessage = new SendMessage
            {
                Session = session.Number,
                Client = id.Client,
                Counter = id.Counter,
                Recipient = isToRoom ? 0 : recipient,
                Room = isToRoom ? recipient : 0,
                Text = request.Text,
                ContentHash = ContentHash.Of(recipientName, request.Text, request.Nonce),
            },
        };
    }
}

/// <summary>A message on its way, or why it is not.</summary>
/// <param name="MessageId">As the client sent it.</param>
/// <param name="Outcome">Will say what was decided; null when it was not proposed.</param>
/// <param name="Reason">Why it was not proposed, else null.</param>
/// <param name="Sentence">Instead of the reason's, or null.</param>
/// <param name="RetryAfter">When waiting helps: how long; else zero.</param>
internal readonly record struct TakenSend(
    ByteString MessageId, Task<AppliedCommand>? Outcome, Reason? Reason, string? Sentence, TimeSpan RetryAfter)
{
    /// <summary>Whether its answer can be given now.</summary>
    public bool IsDecided => Outcome is null || Outcome.IsCompleted;

    public static TakenSend Refused(ByteString messageId, Reason reason) =>
        new(messageId, Outcome: null, reason, Sentence: null, TimeSpan.Zero);

    public static TakenSend Proposed(ByteString messageId, Task<AppliedCommand> outcome) =>
        new(messageId, outcome, Reason: null, Sentence: null, TimeSpan.Zero);
}
