using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>What is a command and what is text.</summary>
public sealed class ChatLineTests
{
    private static readonly string[] Commands = ["to", "msg", "who", "history", "nodes", "status", "help", "quit"];

    [Theory]
    [InlineData("/quit", "quit", "")]
    [InlineData("\\quit", "quit", "")]
    [InlineData("/msg bob  hello you ", "msg", "bob  hello you")]
    public void A_slash_of_either_kind_begins_a_command(string line, string name, string tail)
    {
        Assert.Equal((name, tail), ChatLine.FindCommand(line));
    }

    [Theory]
    [InlineData("hello", "hello")]
    [InlineData("/", "/")]
    [InlineData("//etc is a folder", "/etc is a folder")]
    [InlineData("\\\\host", "\\host")]
    public void The_rest_is_text_and_a_doubled_slash_is_one(string line, string text)
    {
        Assert.Null(ChatLine.FindCommand(line));
        Assert.Equal(text, ChatLine.TextOf(line));
    }

    [Theory]
    [InlineData("histroy", "history")]
    [InlineData("qiut", "quit")]
    [InlineData("node", "nodes")]
    [InlineData("hlp", "help")]
    public void A_typo_is_answered_with_the_nearest_command(string typed, string meant)
    {
        Assert.Equal(meant, ChatLine.FindNearest(typed, Commands));
    }

    [Fact]
    public void Nothing_near_is_nothing_suggested()
    {
        Assert.Null(ChatLine.FindNearest("frobnicate", Commands));
    }
}
