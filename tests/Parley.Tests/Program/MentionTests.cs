using Parley.Verbs.Chat;

namespace Parley.Tests.Program;

/// <summary>Who is named in a text.</summary>
public sealed class MentionTests
{
    [Theory]
    [InlineData("@alice", "[@alice]")]
    [InlineData("is @Alice here?", "is [@Alice] here?")]
    [InlineData("(@alice)", "([@alice])")]
    [InlineData("ask @alice.", "ask [@alice].")]
    [InlineData("@alice, @bob, @alice...", "[@alice], @bob, [@alice]...")]
    [InlineData("@alice@alice", "[@alice]@alice")]
    [InlineData("@alice你好", "[@alice]你好")]
    [InlineData("@@alice", "@[@alice]")]
    public void A_name_behind_an_at_sign_is_marked(string text, string marked)
    {
        Assert.True(Mention.IsIn(text, "alice"));
        Assert.Equal(marked, Mention.Mark(text, "alice", name => $"[{name}]"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("alice")]
    [InlineData("@ alice")]
    [InlineData("@alic")]
    [InlineData("@alice2")]
    [InlineData("@alice.b")]
    [InlineData("mail@alice")]
    public void Who_is_not_named_is_not_called(string text)
    {
        Assert.False(Mention.IsIn(text, "alice"));
        Assert.Equal(text, Mention.Mark(text, "alice", name => $"[{name}]"));
    }
}
