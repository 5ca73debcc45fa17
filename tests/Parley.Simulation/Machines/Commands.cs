using System.Buffers.Binary;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;
using Parley.Simulation.Clients;
using MessageChange = Parley.Simulation.Clients.MessageChange;

namespace Parley.Simulation.Machines;

/// <summary>Turns what clients ask into what goes into the log.</summary>
internal static class Commands
{
    public static LoggedCommand Of(Request.CreateAccount create) => new()
    {
        CreateAccount = new CreateAccount
        {
            RequestId = ByteString.CopyFrom(create.RequestId),
            Name = create.Name,
            PasswordHash = $"$argon2id$v=19$m=19456,t=2,p=1$simulated${create.Name}",
        },
    };

    public static LoggedCommand Of(Request.Login login, AccountFacts account) => new()
    {
        Login = new Login
        {
            Account = account.Number,
            PasswordHash = account.PasswordHash,
            TokenHash = ByteString.CopyFrom(login.TokenHash),
            TakeOver = true,
            LeaseMs = 30_000,
        },
    };

    public static LoggedCommand Of(Request.OpenClient open, SessionFacts session) => new()
    {
        OpenClient = new OpenClient { Session = session.Number, RequestId = ByteString.CopyFrom(open.RequestId) },
    };

    public static LoggedCommand Of(Request.Send send, SessionFacts session, AccountFacts? recipient) => new()
    {
        SendMessage = new SendMessage
        {
            Session = session.Number,
            Client = send.Client,
            Counter = send.Line.Counter,
            Recipient = recipient?.Number ?? 0,
            Text = send.Line.Text,
            ContentHash = ByteString.CopyFrom(send.Line.ContentHash),
        },
    };

    public static LoggedCommand Of(long session, IEnumerable<KeyValuePair<long, long>> marks) => new()
    {
        AcknowledgeMessages = new AcknowledgeMessages
        {
            Session = session,
            Marks = { marks.Select(m => new ConversationMark { Conversation = m.Key, Sequence = m.Value }) },
        },
    };

    public static LoggedCommand Of(long session, Request.MarkRead read) => new()
    {
        MarkRead = new MarkRead
        {
            Session = session,
            Quiet = read.Quiet,
            Marks = { read.Marks.Select(m => new ConversationMark { Conversation = m.Key, Sequence = m.Value }) },
        },
    };

    public static LoggedCommand Of(long session, MessageChange change) => new()
    {
        ChangeMessage = new ChangeMessage
        {
            Session = session,
            RequestId = ByteString.CopyFrom(change.RequestId),
            Conversation = change.Conversation,
            Sequence = change.Sequence,
            Change = change.Text is null
                ? Core.Log.V1.MessageChange.Delete
                : Core.Log.V1.MessageChange.Edit,
            Text = change.Text ?? "",
        },
    };

    /// <summary>A planted bug's entry: a change that was never asked for before.</summary>
    public static ReadOnlyMemory<byte> WithRequestOfItsOwn(ReadOnlyMemory<byte> payload, long index)
    {
        var command = LoggedCommand.Parser.ParseFrom(payload.Span);
        if (command.CommandCase != LoggedCommand.CommandOneofCase.ChangeMessage)
        {
            return payload;
        }

        var id = command.ChangeMessage.RequestId.ToByteArray();
        BinaryPrimitives.WriteInt64LittleEndian(id, index);
        command.ChangeMessage.RequestId = ByteString.CopyFrom(id);
        return command.ToByteArray();
    }

    /// <summary>A planted bug's entry: a login whose session lives a millisecond longer.</summary>
    public static ReadOnlyMemory<byte> WithLongerLease(ReadOnlyMemory<byte> payload)
    {
        var command = LoggedCommand.Parser.ParseFrom(payload.Span);
        if (command.CommandCase != LoggedCommand.CommandOneofCase.Login)
        {
            return payload;
        }

        command.Login.LeaseMs++;
        return command.ToByteArray();
    }

    public static LoggedCommand Of(Request.OpenStream open, SessionFacts session) => new()
    {
        OpenStream = new OpenStream { Session = session.Number, StreamNumber = open.StreamNumber },
    };
}
