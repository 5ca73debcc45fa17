using System.Globalization;
using System.Text.RegularExpressions;
using Parley.Client;
using Parley.Local;
using Parley.Tests.Cluster;

namespace Parley.Tests.Program;

/// <summary>
/// A whole session of alice's as a file: what she types, what happens meanwhile, and what her terminal shows. One step
/// a line; lines with a bar belong to the step above them. On the screen every time of day is 12:00, every duration
/// 0.0 s, and <c>*</c> stands for anything; alone on a line, for any lines.
/// </summary>
internal sealed partial class SessionScript(TestCluster cluster, TerminalSession terminal)
{
    private Chatter? bob;
    private MessageReceipt? lastOfBob;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async Task PlayAsync(IReadOnlyList<string> lines)
    {
        await StepAsync("prompt", []);
        for (var at = 0; at < lines.Count; at++)
        {
            var block = lines.Skip(at + 1).TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Length > 1 ? line[2..] : "").ToList();
            if (lines[at].Length > 0 && lines[at][0] is not ('#' or '|'))
            {
                await StepAsync(lines[at], block);
            }
        }
    }

    private async Task StepAsync(string step, List<string> block)
    {
        var (verb, rest) = step.Split(' ', 2) is [var first, var second] ? (first, second) : (step, "");
        switch (verb)
        {
            case "type":
                await terminal.TypeAsync(rest);
                break;
            case "press":
                await terminal.PressAsync(rest);
                break;
            case "enter":
                await terminal.TypeAsync(rest);
                await terminal.PressAsync("Enter");
                break;
            case "paste":
                await terminal.PasteAsync(string.Join('\n', block));
                break;
            case "wait":
                await terminal.WaitAsync(
                    shown => Normal(shown).Contains(rest, StringComparison.Ordinal), () => $"no '{rest}'");
                break;
            case "prompt":
                await terminal.WaitAsync(shown => shown.EndsWith('$'), () => "no prompt");
                break;
            case "resize":
                var size = Numbers(rest);
                await terminal.ResizeAsync(size[0], size[1]);
                break;
            case "signal":
                await terminal.SignalAsync(rest switch
                {
                    "KILL" => ProcessSignals.Kill,
                    "TERM" => ProcessSignals.Terminate,
                    "STOP" => 20, // SIGTSTP, as a terminal's Ctrl-Z sends it
                    _ => throw new ArgumentException(rest),
                });
                break;
            case "kill" when rest == "connected":
                await cluster.Nodes.KillAsync(await ConnectedAsync());
                break;
            case "kill":
                await cluster.Nodes.KillAsync(Numbers(rest));
                break;
            case "start":
                Array.ForEach(Numbers(rest), cluster.Nodes.Start);
                break;
            case "bob":
                await BobAsync(rest);
                break;
            case "screen":
                await ExpectAsync(block);
                break;
            default:
                throw new ArgumentException($"unknown step: {step}");
        }
    }

    private async Task BobAsync(string deed)
    {
        bob ??= await cluster.LoginAsync("bob");
        var pouring = Pouring().Match(deed);
        if (pouring.Success)
        {
            using var pace = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
            for (var number = 1; number <= int.Parse(pouring.Groups[1].Value, CultureInfo.InvariantCulture); number++)
            {
                await pace.WaitForNextTickAsync(Stop);
                await bob.Session.SendAsync("alice", $"drop {number}", Stop);
            }
        }
        else if (InRoom().Match(deed) is { Success: true } inRoom)
        {
            await InRoomAsync(bob, inRoom.Groups[1].Value, inRoom.Groups[2].Value, inRoom.Groups[3].Value);
        }
        else if (deed.StartsWith("says ", StringComparison.Ordinal))
        {
            lastOfBob = await bob.Session.SendAsync("alice", Regex.Unescape(deed["says ".Length..]), Stop);
        }
        else if (deed.StartsWith("means ", StringComparison.Ordinal))
        {
            var text = deed["means ".Length..];
            await bob.Session.EditMessageAsync(lastOfBob!.Conversation, lastOfBob.Sequence, text, Stop);
        }
        else if (deed == "takes it back")
        {
            await bob.Session.DeleteMessageAsync(lastOfBob!.Conversation, lastOfBob.Sequence, Stop);
        }
        else if (deed == "looks")
        {
            await foreach (var talk in bob.Session.ListConversationsAsync(Stop))
            {
                await bob.Session.MarkReadAsync(talk.Conversation, talk.DeliveredSequence, Stop);
            }
        }
        else
        {
            Assert.Equal("reads", deed);
            bob.StartReceiving();
            await bob.CaughtUp.WaitAsync(TestCluster.Patience, Stop);
        }
    }

    private static async Task InRoomAsync(Chatter bob, string deed, string room, string text)
    {
        switch (deed)
        {
            case "makes":
                await bob.Session.CreateRoomAsync(room, text == " by invitation", "", Stop);
                break;
            case "invites alice into":
                await bob.Session.ChangeRoomMemberAsync(room, RoomAct.Invite, "alice", Stop);
                break;
            case "removes alice from":
                await bob.Session.ChangeRoomMemberAsync(room, RoomAct.Remove, "alice", Stop);
                break;
            default:
                await bob.Session.SendAsync(room, Regex.Unescape(text.Trim()), Stop);
                break;
        }
    }

    // The node that the terminal says it is connected to.
    private async Task<int> ConnectedAsync()
    {
        var shown = Connected().Matches(await terminal.CaptureAsync())[^1];
        return shown.Groups["id"].Success
            ? int.Parse(shown.Groups["id"].Value, CultureInfo.InvariantCulture)
            : cluster.Nodes.Nodes.Single(node => node.ClientAddress == shown.Groups["address"].Value).Id;
    }

    private async Task ExpectAsync(List<string> expected)
    {
        var pattern = string.Join('\n', expected.Select(line => line == "*"
            ? "(.|\n)*"
            : Regex.Escape(line).Replace("\\*", ".*", StringComparison.Ordinal)));
        // On a machine short of time a node may be given up for another; only some scripts are about that.
        var isCalm = !expected.Exists(line => line.Contains("is gone", StringComparison.Ordinal));
        // There, what bob says at once may also come before the chat has heard that it has everything from before.
        var isRead = !expected.Exists(line => line.Contains(" new", StringComparison.Ordinal));
        await terminal.WaitAsync(
            shown => Regex.IsMatch(
                Without(isRead ? News() : null, Without(isCalm ? Trouble() : null, Normal(shown))),
                $"^{pattern}$",
                RegexOptions.None,
                TimeSpan.FromSeconds(5)),
            () => $"the terminal did not show:\n{string.Join('\n', expected)}\n");
    }

    private static int[] Numbers(string text) =>
        [.. text.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];

    private static string Without(Regex? lines, string shown) => lines?.Replace(shown, "") ?? shown;

    private static string Normal(string shown) => Duration().Replace(Clock().Replace(shown, "12:00"), "(0.0 s");

    [GeneratedRegex(@"(?<=^|since )\d\d:\d\d(?=\s)", RegexOptions.Multiline)]
    private static partial Regex Clock();

    [GeneratedRegex(@"\(\d+\.\d s")]
    private static partial Regex Duration();

    [GeneratedRegex(
        @"^· (.* is gone, reconnecting…|connected to .* \(0\.0 s, nothing missed\))\n", RegexOptions.Multiline)]
    private static partial Regex Trouble();

    [GeneratedRegex(@"^(── |· )new( since \d\d:\d\d)?( ──)?\n", RegexOptions.Multiline)]
    private static partial Regex News();

    [GeneratedRegex(@"connected to (node (?<id>\d+)|(?<address>[\d.:]+))")]
    private static partial Regex Connected();

    [GeneratedRegex("^(makes|says in|invites alice into|removes alice from) (#[a-z]+)(.*)$")]
    private static partial Regex InRoom();

    [GeneratedRegex(@"^pours (\d+) lines$")]
    private static partial Regex Pouring();
}
