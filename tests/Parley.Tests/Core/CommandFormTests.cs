using CsCheck;
using Google.Protobuf;
using Parley.Core;
using Parley.Core.Commands;
using Parley.Core.Log.V1;
using Parley.Tests.BadInput;

namespace Parley.Tests.Core;

/// <summary>What has the form of a command is decided, whatever else is wrong with it; the rest is told apart before it
/// is in a log.</summary>
public sealed class CommandFormTests
{
    private const int Node = 2;

    [Fact]
    public void Whatever_bytes_have_the_form_of_a_command_break_nothing() =>
        Gen.Select(Deed.Histories(30, 60), Gen.Int[0, int.MaxValue].Array[60], Gen.Byte.Array[60]).Sample(
            (history, places, values) =>
            {
                using var chat = new TestChat();
                var model = new NaiveChat();
                var (number, decided) = (0, 0);
                foreach (var (_, make) in Deed.ToCommands(history))
                {
                    var whole = make(model, chat.NowUs);
                    whole.StateVersion = StateVersions.Newest;
                    model.Apply(whole, ++number, chat.NowUs);
                    if (Damage(whole, places[number % 60], values[number % 60]) is { } damaged
                        && CommandForm.FindFault(damaged) is null
                        && damaged.StateVersion <= chat.State.StateVersion)
                    {
                        chat.Apply(damaged);
                        decided++;
                    }
                    else
                    {
                        whole.StateVersion = 0;
                        chat.Apply(whole);
                    }
                }

                Assert.True(decided > 0);
                Assert.Equal(chat.State.ScanDigest(), chat.State.Digest);
            },
            iter: 60);

    [Fact]
    public void What_nodes_write_has_its_form()
    {
        using var chat = new TestChat();
        var model = new NaiveChat();
        Deed.Histories(300, 300).Sample(
            history =>
            {
                foreach (var (_, make) in Deed.ToCommands(history))
                {
                    var command = make(model, chat.NowUs);
                    command.StateVersion = StateVersions.Newest;
                    Assert.Null(CommandForm.FindFault(command));
                }
            },
            iter: 5);
    }

    [Fact]
    public void What_would_stop_every_node_has_not()
    {
        var parsed = new List<LoggedCommand>();
        foreach (var broken in BrokenCommands.Of(Node))
        {
            try
            {
                parsed.Add(LoggedCommand.Parser.ParseFrom(broken));
            }
            catch (InvalidProtocolBufferException)
            {
                continue;
            }
        }

        // Who has tagged a command, and how long it is, is not its form's business.
        var ofForm = parsed.Where(command => command.Tag?.Node == Node);
        Assert.All(ofForm, command => Assert.NotNull(CommandForm.FindFault(command)));
        Assert.True(ofForm.Count() >= 10);
    }

    private static LoggedCommand? Damage(LoggedCommand whole, int place, byte value)
    {
        var bytes = whole.ToByteArray();
        bytes[place % bytes.Length] = value;
        try
        {
            return LoggedCommand.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }
}
