using Google.Protobuf;
using Parley.Core;

namespace Parley.Tests.Core;

/// <summary>An account of the naive model.</summary>
internal sealed class NaiveAccount(long number, string name)
{
    public long Number { get; } = number;

    public string Name { get; } = name;

    public bool IsDeleted { get; set; }

    public bool IsAdministrator { get; set; }

    public bool IsDisabled { get; set; }

    public string Password { get; set; } = TestChat.Password;

    /// <summary>Where it has logged in from, in the order of first times.</summary>
    public List<ByteString> Addresses { get; } = [];
}

/// <summary>A device token of the naive model.</summary>
internal sealed class NaiveToken(long number, long account, ByteString hash, long recipient = 0, long room = 0)
{
    public long Number { get; } = number;

    public long Account { get; } = account;

    public ByteString Hash { get; } = hash;

    public long Recipient { get; } = recipient;

    public long Room { get; } = room;

    public bool IsHook => Recipient != 0 || Room != 0;

    public long Session { get; set; }
}

/// <summary>An invitation of the naive model.</summary>
internal sealed class NaiveInvite(long number, ByteString code, long expiresAt, int uses)
{
    public long Number { get; } = number;

    public ByteString Code { get; } = code;

    public long ExpiresAt { get; } = expiresAt;

    public int Uses { get; set; } = uses;
}

/// <summary>A session of the naive model.</summary>
internal sealed class NaiveSession(long number, long account, ByteString token, ulong firstClient)
{
    public long Number { get; } = number;

    public long Account { get; } = account;

    public ByteString Token { get; } = token;

    public ulong FirstClient { get; } = firstClient;

    public long TouchedAt { get; set; }

    public long Stream { get; set; }

    public ulong StreamNonce { get; set; }

    public long EndedAt { get; set; }
}

/// <summary>A client of the naive model.</summary>
internal sealed class NaiveClient(ulong number, long account, long session, ByteString request)
{
    public ulong Number { get; } = number;

    public long Account { get; } = account;

    public long Session { get; } = session;

    public ByteString Request { get; } = request;

    public ulong Last { get; set; }

    public long EndedAt { get; set; }

    public Dictionary<ulong, (ByteString Hash, Outcome Outcome)> Outcomes { get; } = [];
}

/// <summary>A message of the naive model.</summary>
internal sealed record NaiveMessage(
    long Conversation, long Sequence, long Sender, string Text, long SentAtUs, long LogIndex)
{
    public long EditedAtUs { get; init; }

    public long DeletedAtUs { get; init; }

    /// <summary>An account's number; 0 for nobody.</summary>
    public long DeletedBy { get; init; }
}

/// <summary>A conversation of the naive model.</summary>
internal sealed class NaiveConversation(long number, long one, long other)
{
    public long Number { get; } = number;

    public long One { get; } = one;

    public long Other { get; } = other;

    public List<NaiveMessage> Messages { get; } = [];

    public Dictionary<long, long> Marks { get; } = [];

    /// <summary>How far each has read, and how far others may know; only of who has acknowledged or said so.</summary>
    public Dictionary<long, (long Sequence, long Told)> Reads { get; } = [];

    public long FirstKept { get; private set; } = 1;

    public long Settled { get; set; }

    public long Head => Messages.Count;

    public IEnumerable<NaiveMessage> Kept => Messages.Where(message => message.Sequence >= FirstKept);

    public bool Has(long account) => account == One || account == Other;

    public bool Joins(long account, long with) =>
        (account == One && with == Other) || (account == Other && with == One);

    public long Mark(long account) => Marks.GetValueOrDefault(account);

    public void Cut(long through)
    {
        if (through < FirstKept)
        {
            return;
        }

        FirstKept = through + 1;
        Marks[One] = Math.Max(Mark(One), through);
        Marks[Other] = Math.Max(Mark(Other), through);
    }
}
