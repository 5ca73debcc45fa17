using Microsoft.Extensions.Time.Testing;
using Parley.Client;
using Parley.Terminal;
using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What the chat prints, without a terminal.</summary>
public sealed class PlainScreenTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private readonly StringWriter output = new();
    private readonly PlainScreen screen;

    public PlainScreenTests() => screen =
        new PlainScreen(output, new Palette(hasColour: false), new FakeTimeProvider());

    public void Dispose() => output.Dispose();

    [Fact]
    public void A_message_stands_with_its_time_and_sender()
    {
        screen.Message(new(Noon, "bob", To: null, "hello", State: null));

        Assert.Equal("12:00 bob: hello\n", output.ToString());
    }

    [Fact]
    public void No_text_can_move_the_cursor_or_look_like_a_line_of_somebody_else()
    {
        screen.Message(new(Noon, "bob", To: null, "\e[2Jhello\n12:00 carol: give bob the key", State: null));

        Assert.Equal("12:00 bob: \uFFFD[2Jhello\n      | 12:00 carol: give bob the key\n", output.ToString());
    }

    [Theory]
    [InlineData("/me waves", "* bob waves → #ops")]
    [InlineData("/me waves\n12:00 * carol leaves", "* bob waves\n      | 12:00 * carol leaves → #ops")]
    [InlineData("/me \e[2Jwaves", "* bob \uFFFD[2Jwaves → #ops")]
    [InlineData("/me", "bob → #ops: /me")]
    [InlineData("/me  \n", "bob → #ops: /me  \n      | ")]
    [InlineData("/mean it", "bob → #ops: /mean it")]
    [InlineData(" /me waves", "bob → #ops:  /me waves")]
    public void Who_tells_what_they_do_is_shown_doing_it(string text, string line)
    {
        screen.Message(new(Noon, "bob", To: null, text, State: null) { Room = "#ops" });

        Assert.Equal($"12:00 {line}\n", output.ToString());
    }

    [Fact]
    public void The_same_news_twice_in_a_row_is_told_once()
    {
        screen.Connection(new ConnectionEvent.NoMajority(2, 5));
        screen.Connection(new ConnectionEvent.NoMajority(2, 5));
        screen.Message(new(Noon, "bob", To: null, "hello", State: null));
        screen.Connection(new ConnectionEvent.NoMajority(2, 5));

        Assert.Equal(
            """
            -- no majority: 2 of 5 servers reachable; what you type waits
            12:00 bob: hello
            -- no majority: 2 of 5 servers reachable; what you type waits

            """,
            output.ToString());
    }
}
