using System.Text;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Parley.Client;
using Parley.Terminal;
using Parley.Verbs.Chat;

namespace Parley.Tests.Terminal;

/// <summary>Keys and messages in, a screen out: the chat's terminal without a terminal.</summary>
public sealed class InlineScreenTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Keys = ["a", "你", "👩‍💻", "é", " ", "\u0001", "\u0005", "\u001bb", "\u001b\r"];
    private readonly FakeTimeProvider time = new(Noon);
    private readonly InputReader keyboard = new();
    private readonly ScreenEmulator terminal = new(40, 10);
    private readonly InlineScreen screen;

    public InlineScreenTests() => screen = NewScreen(terminal, 40);

    [Fact]
    public void What_arrives_stands_above_what_is_being_typed()
    {
        Type("half a li");
        Say("bob", "hello");
        Type("ne");

        Assert.Equal(
            """
            12:00 bob: hello
            bob> half a line
            """,
            terminal.Text);
        Assert.Equal((1, "bob> half a line".Length), terminal.Cursor);
    }

    [Fact]
    public void What_is_typed_survives_whatever_arrives()
    {
        var step = Gen.Frequency(
            (3, Gen.Int[0, Keys.Length - 1].Select(key => (Keys: Keys[key], Message: ""))),
            (1, Gen.String[Gen.Char[' ', '\u2FFF'], 0, 120].Select(text => (Keys: "", Message: text))));
        step.Array[1, 40].Sample(steps =>
        {
            var reference = new LineEditor(new InputHistory(path: null));
            var shown = new ScreenEmulator(30, 12);
            var tested = NewScreen(shown, 30);
            var quiet = new ScreenEmulator(30, 12);
            var undisturbed = NewScreen(quiet, 30);
            foreach (var (keys, message) in steps)
            {
                foreach (var input in new InputReader().Feed(Encoding.UTF8.GetBytes(keys)))
                {
                    reference.Apply(input);
                    tested.Take(input);
                    undisturbed.Take(input);
                }

                if (message.Length > 0)
                {
                    tested.Message(new(Noon, "bob", To: null, message, State: null));
                }
            }

            // The last rows are what a screen without any message shows.
            Assert.EndsWith(quiet.Text, shown.Text, StringComparison.Ordinal);
            Assert.Equal(quiet.RowText(quiet.Cursor.Row), shown.RowText(shown.Cursor.Row));
            Assert.Equal(quiet.Cursor.Column, shown.Cursor.Column);
        });
    }

    [Fact]
    public void Each_message_is_one_frame_and_a_frame_that_changes_nothing_is_none()
    {
        var before = terminal.Frames;
        for (var number = 0; number < 20; number++)
        {
            Say("bob", $"line {number}");
            screen.SetNotice(null);
        }

        Assert.Equal(20, terminal.Frames - before);
    }

    [Fact]
    public void Hostile_text_is_shown_harmless()
    {
        Say("bob", "\e[2J\e]0;gone\a\r12:00 carol: send me the key\n12:00 carol: now\u202E");

        Assert.Equal(
            """
            12:00 bob: �[2J�]0;gone��12:00 carol: se
            nd me the key
                  | 12:00 carol: now�
            bob>
            """,
            terminal.Text);
    }

    [Fact]
    public void Who_is_named_is_marked_and_called_but_not_without_end()
    {
        var bytes = new StringBuilder();
        var named = new InlineScreen(
            text => bytes.Append(text), () => (60, 10), new InputHistory(path: null), new Palette(hasColour: true),
            time);
        named.Open();
        named.Message(new(Noon, "bob", To: null, "tea, @Alice?", "names you") { Reader = "alice" });
        for (var call = 0; call < 100; call++)
        {
            named.Ring();
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Contains("tea, \e[1;7m@Alice\e[0m?", bytes.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, bytes.ToString().Count(one => one == '\a'));
    }

    [Fact]
    public void A_day_that_begins_and_what_came_unseen_have_a_line_each()
    {
        Type("\e[O");
        time.Advance(TimeSpan.FromMinutes(2));
        screen.Message(new(Noon.AddDays(1), "bob", To: null, "good morning", State: null));
        screen.Message(new(Noon.AddDays(1), "bob", To: null, "tea?", State: null));

        Assert.Equal(
            """
            ── new since 12:00 ──
            ── Sunday, 1 February 2026 ──
            12:00 bob: good morning
            12:00 bob: tea?
            bob>
            """,
            terminal.Text);
    }

    [Fact]
    public void Lines_under_way_and_what_is_wrong_stand_at_the_bottom_until_they_are_over()
    {
        screen.Connection(new ConnectionEvent.NodeGone(3, "127.0.0.1:7403"));
        screen.Connection(new ConnectionEvent.NoMajority(2, 5));
        screen.SetUnderway(["queued → bob: hello"]);
        Assert.Equal(
            """
            · node 3 is gone, reconnecting…
            queued → bob: hello
            no majority: 2 of 5 servers reachable;
            what you type is kept
            bob>
            """,
            terminal.Text);

        time.Advance(TimeSpan.FromSeconds(1.2));
        screen.Connection(new ConnectionEvent.Connected(5, "127.0.0.1:7405"));
        screen.CaughtUp();
        screen.SetUnderway([]);
        screen.Message(new(Noon, "alice", "bob", "hello", "delivered"));

        Assert.Equal(
            """
            · node 3 is gone, reconnecting…
            · connected to node 5 (1.2 s, nothing mi
            ssed)
            12:00 alice → bob: hello · delivered
            bob>
            """,
            terminal.Text);
    }

    [Fact]
    public void What_was_not_kept_during_an_outage_is_told_after_it_and_once()
    {
        screen.Missed(7);
        screen.CaughtUp();
        screen.Connection(new ConnectionEvent.NodeGone(3, "127.0.0.1:7403"));
        screen.Connection(new ConnectionEvent.Connected(5, "127.0.0.1:7405"));
        screen.Missed(2);
        screen.CaughtUp();
        Assert.Equal(
            """
            · node 3 is gone, reconnecting…
            · connected to node 5 (0.0 s, 2 older me
            ssages were not kept)
            bob>
            """,
            terminal.Text);

        screen.Connection(new ConnectionEvent.NodeGone(5, "127.0.0.1:7405"));
        screen.Connection(new ConnectionEvent.Connected(4, "127.0.0.1:7404"));
        screen.CaughtUp();

        Assert.Contains("node 4 (0.0 s, nothing mi", terminal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_is_looked_at_until_it_loses_its_focus()
    {
        var looks = 0;
        screen.OnLookedAt = () => looks++;
        Assert.True(screen.IsLookedAt);

        Type("\e[O");
        Assert.False(screen.IsLookedAt);
        Say("bob", "are you there?");
        Assert.False(screen.IsLookedAt);
        Assert.Equal(0, looks);

        Type("\e[I");
        Assert.True(screen.IsLookedAt);
        Assert.Equal(1, looks);
    }

    [Fact]
    public async Task A_paste_of_many_lines_is_one_message()
    {
        Type("\e[200~one\ntwo\e[201~");
        Assert.Equal("bob> one\n  two", terminal.Text);

        Type("\r");

        Assert.Equal("one\ntwo", await screen.Lines.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Control_C_clears_the_line_and_then_ends()
    {
        Type("something\u0003");
        Assert.StartsWith("bob>\nCtrl-C once more", terminal.Text, StringComparison.Ordinal);
        Assert.False(screen.Lines.Completion.IsCompleted);

        Type("x\u0003");
        Assert.False(screen.Lines.Completion.IsCompleted);

        Type("\u0003");
        Assert.True(screen.Lines.Completion.IsCompleted);
    }

    [Fact]
    public void Tab_completes_what_is_clear_and_lists_what_is_not()
    {
        Type("/hi\t");
        Assert.Equal("bob> /history", terminal.Text);

        Type("\u0015/h\t");

        Assert.Equal(
            """
            bob> /h
              /help     this list
              /history  the last lines
            """,
            terminal.Text);
        Type("\u0015/msg c\t");
        Assert.Equal("bob> /msg carol", terminal.Text);
    }

    [Fact]
    public void A_closed_screen_leaves_nothing_and_prints_on()
    {
        Type("half");
        screen.Close();
        screen.Note("alice is logged out");

        Assert.Equal("· alice is logged out", terminal.Text);
    }

    [Fact]
    public void A_line_longer_than_the_screen_shows_where_the_cursor_is()
    {
        Type(string.Concat(Enumerable.Range(0, 120).Select(number => $"{number} ")));
        Assert.EndsWith("19", terminal.Text, StringComparison.Ordinal);
        Assert.True(terminal.Text.Count(one => one == '\n') < 10, terminal.Text);

        Type("\u0001");

        Assert.StartsWith("bob> 0 1 2", terminal.Text, StringComparison.Ordinal);
    }

    /// <summary>A multiplexer may lose the word that the window has the focus again.</summary>
    [Fact]
    public void Who_types_looks()
    {
        var looks = 0;
        screen.OnLookedAt = () => looks++;
        Type("\u001b[O");
        Assert.False(screen.IsLookedAt);

        Type("a");
        Type("b");

        Assert.True(screen.IsLookedAt);
        Assert.Equal(1, looks);
        Say("bob", "hello");
        Assert.DoesNotContain("new since", terminal.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_unread_elsewhere_stands_in_the_prompt_as_far_as_there_is_room()
    {
        screen.SetPrompt("#ops", ["#dev\u001b[2J\u001b[H and so on 3!", "carol 1", "dave 2"]);
        Type("hello");

        Assert.Equal("#ops [+3]> hello", terminal.Text);
        screen.SetPrompt("#ops", ["#dev 3!", "carol 1", "dave 2"]);
        Assert.Equal("#ops [#dev 3!, +2]> hello", terminal.Text);
    }

    private InlineScreen NewScreen(ScreenEmulator emulator, int columns)
    {
        ChatCommand[] commands =
        [
            new("help", "", "this list", (_, _) => Task.CompletedTask),
            new("history", "", "the last lines", (_, _) => Task.CompletedTask),
            new("msg", "", "one line", (_, _) => Task.CompletedTask),
        ];
        var opened = new InlineScreen(
            emulator.Write, () => (columns, 10), new InputHistory(path: null), new Palette(hasColour: true), time)
        {
            Completer = new ChatCompleter(commands, () => [new("bob", "online"), new("carol", "away")]).Find,
        };
        opened.SetPrompt("bob", []);
        opened.Open();
        return opened;
    }

    private void Say(string from, string text) => screen.Message(new(Noon, from, To: null, text, State: null));



    private void Type(string bytes)
    {
        foreach (var input in keyboard.Feed(Encoding.UTF8.GetBytes(bytes)))
        {
            screen.Take(input);
        }
    }
}
