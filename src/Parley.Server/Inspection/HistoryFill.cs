using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Log.V1;

namespace Parley.Server.Inspection;

/// <summary>
/// Makes a history through the state's own rules, without a log: an account that says everything, half of it in one
/// room, a quarter in other rooms, a quarter to other accounts. The same number gives the same history.
/// </summary>
internal sealed class HistoryFill(ChatState state)
{
    public const string Reader = "alice";
    public const string LargeRoom = "large";
    public const int OtherRooms = 49;
    public const int Partners = 500;
    public const int Words = 30_000;
    public const int WordsOfTextMin = 4;
    public const int WordsOfTextMax = 16;

    private const int EntriesAtOnce = 128;
    private const int Seed = 1;
    private const long FirstUs = 1_750_000_000_000_000;
    private const long StepUs = 1_000;

    private readonly Random random = new(Seed);
    private readonly List<CommittedEntry> waiting = [];
    private readonly List<long> rooms = [];
    private readonly List<long> partners = [];
    private Outcome.LoggedIn? session;

    public long Account { get; private set; }

    /// <summary>The names of all rooms, the large one first, with their '#'; and of the accounts.</summary>
    public static IReadOnlyList<string> Conversations { get; } =
    [
        $"#{LargeRoom}",
        .. Enumerable.Range(1, OtherRooms).Select(number => Text($"#room{number}")),
        .. Enumerable.Range(1, Partners).Select(number => Text($"partner{number}")),
    ];

    /// <summary>The word of a rank, 1 the most frequent.</summary>
    public static string Word(int rank)
    {
        var word = new StringBuilder("w");
        for (var left = rank; left > 0; left /= Syllables.Length)
        {
            word.Append(Syllables[left % Syllables.Length]);
        }

        return word.ToString();
    }

    /// <summary>Every text has one of them, by turns: both are frequent and never together.</summary>
    public static string Side(int message) => message % 2 == 0 ? "left" : "right";

    /// <summary>Says so many messages.</summary>
    /// <param name="messages">How many.</param>
    /// <param name="applied">Told after each batch.</param>
    /// <param name="cancellationToken">Ends it between two batches.</param>
    public void Run(int messages, Action<ApplyResult> applied, CancellationToken cancellationToken)
    {
        MakePeople();
        for (var message = 0; message < messages; message++)
        {
            Add(Say(message));
            if (waiting.Count == EntriesAtOnce)
            {
                cancellationToken.ThrowIfCancellationRequested();
                applied(ApplyWaiting());
            }
        }

        applied(ApplyWaiting());
    }

    private static string[] Syllables { get; } =
        [.. "bdfgklmnprst".SelectMany(first => "aeiou", (first, second) => $"{first}{second}")];

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static ByteString RequestId(string name) =>
        ByteString.CopyFrom(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    private void MakePeople()
    {
        Apply(new() { RaiseVersion = new() { StateVersion = StateVersions.Newest } });
        Account = MakeAccount(Reader);
        var token = ByteString.CopyFrom(SHA256.HashData("token"u8));
        session = (Outcome.LoggedIn)Apply(new()
        {
            Login = new() { Account = Account, PasswordHash = "none", TokenHash = token, LeaseMs = 30_000 },
        });
        foreach (var name in Conversations)
        {
            if (name.StartsWith('#'))
            {
                rooms.Add(MakeRoom(name[1..]));
            }
            else
            {
                partners.Add(MakeAccount(name));
            }
        }
    }

    private long MakeAccount(string name) => ((Outcome.AccountCreated)Apply(new()
    {
        CreateAccount = new() { Name = name, RequestId = RequestId(name), PasswordHash = "none" },
    })).Account;

    private long MakeRoom(string name) => ((Outcome.ConversationChanged)Apply(new()
    {
        CreateRoom = new() { Session = session!.Session, RequestId = RequestId(name), Name = name },
    })).Conversation;

    private LoggedCommand Say(int message)
    {
        var text = MakeText(message);
        var send = new SendMessage
        {
            Session = session!.Session,
            Client = session.Client,
            Counter = (ulong)message + 1,
            Text = text,
            ContentHash = RequestId(text),
        };
        var turn = message / 4;
        switch (message % 4)
        {
            case 2:
                send.Room = rooms[1 + (turn % OtherRooms)];
                break;
            case 3:
                send.Recipient = partners[turn % Partners];
                break;
            default:
                send.Room = rooms[0];
                break;
        }

        return new LoggedCommand { SendMessage = send };
    }

    /// <summary>Words by Zipf's law: the second as often as half of the first, and so on.</summary>
    private string MakeText(int message)
    {
        var text = new StringBuilder(Side(message));
        for (var left = random.Next(WordsOfTextMin, WordsOfTextMax + 1) - 1; left > 0; left--)
        {
            text.Append(' ').Append(Word((int)Math.Pow(Words, random.NextDouble())));
        }

        return text.ToString();
    }

    private void Add(LoggedCommand command)
    {
        command.StateVersion = (uint)state.StateVersion;
        var index = state.AppliedIndex + waiting.Count + 1;
        command.Tag = new ProposalTag { Node = 1, StartNonce = 1, Number = (ulong)index };
        waiting.Add(new CommittedEntry(index, 1, FirstUs + (index * StepUs), command.ToByteArray()));
    }

    private Outcome Apply(LoggedCommand command)
    {
        Add(command);
        return ApplyWaiting().Commands[0].Outcome;
    }

    private ApplyResult ApplyWaiting()
    {
        var result = state.Apply(waiting);
        waiting.Clear();
        return result;
    }
}
