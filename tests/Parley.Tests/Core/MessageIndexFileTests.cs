using Parley.Core.Search;
using Parley.Core.Storage;

namespace Parley.Tests.Core;

/// <summary>The index as a file: another's, another version's, damaged.</summary>
public sealed class MessageIndexFileTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("parley-index-").FullName;

    private string FilePath => Path.Combine(folder, "search.db");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void What_was_written_is_there_when_it_is_opened_again_and_what_was_dropped_is_not()
    {
        using (var index = MessageIndexFile.Create(FilePath, "mine"))
        {
            index.Write([new(3, 1, "hello world"), new(5, 2, "hello"), new(7, 1, "Hello again")], [], 8);
            index.Write([], [3, 4], 9);
        }

        using var opened = MessageIndexFile.Open(FilePath, "mine");
        opened.Check();

        Assert.Equal(9, opened.Through);
        Assert.Equal([7L], Offer(opened, ["hello"], long.MaxValue, 10, 1));
        Assert.Equal([5L], Offer(opened, ["hello"], long.MaxValue, 10, 2));
        Assert.Empty(Offer(opened, ["world"], long.MaxValue, 10, 1));
        Assert.Equal([5L, 7L], opened.ListPositions(0, 10));
    }

    [Fact]
    public void Offers_are_the_newest_first_before_a_position_and_so_many()
    {
        using var index = MessageIndexFile.Create(FilePath, "mine");
        index.Write([.. Enumerable.Range(1, 50).Select(at => new IndexedMessage(at, 1, $"a {at % 2}"))], [], 50);

        Assert.Equal([50L, 49L, 48L], Offer(index, ["a"], long.MaxValue, 3, 1));
        Assert.Equal([9L, 7L, 5L, 3L, 1L], Offer(index, ["a", "1"], 10, 100, 1));
        Assert.Empty(Offer(index, ["a", "2"], 10, 100, 1));
    }

    /// <summary>A conversation's number and the words behind it are one term: 1 and "1:a" do not meet.</summary>
    [Fact]
    public void Conversations_do_not_meet()
    {
        using var index = MessageIndexFile.Create(FilePath, "mine");
        index.Write([new(1, 0x1a, "b"), new(2, 1, "ab"), new(3, 0x1ab, "1 a b 1:ab")], [], 3);

        Assert.Equal([1L], Offer(index, ["b"], long.MaxValue, 10, 0x1a));
        Assert.Equal([2L], Offer(index, ["ab"], long.MaxValue, 10, 1));
        Assert.Empty(Offer(index, ["b"], long.MaxValue, 10, 1));
        Assert.Equal([3L], Offer(index, ["ab"], long.MaxValue, 10, 0x1ab));
    }

    [Fact]
    public void Anothers_and_another_versions_are_not_taken()
    {
        MessageIndexFile.Create(FilePath, "mine").Dispose();
        Assert.True(Assert.Throws<MessageIndexException>(() => MessageIndexFile.Open(FilePath, "yours")).IsDamaged);

        using (var database = Database.OpenForWriting(FilePath))
        {
            database.Execute("PRAGMA user_version = 99");
        }

        Assert.True(Assert.Throws<MessageIndexException>(() => MessageIndexFile.Open(FilePath, "mine")).IsDamaged);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(100)]
    public void A_file_that_is_none_is_damaged_and_nothing_worse(int percent)
    {
        using (var index = MessageIndexFile.Create(FilePath, "mine"))
        {
            index.Write(
                [.. Enumerable.Range(1, 3_000).Select(at => new IndexedMessage(at, at % 7, $"some words {at}"))],
                [], 3_000);
        }

        var bytes = File.ReadAllBytes(FilePath);
        var from = (bytes.Length - 1) * percent / 100;
        File.WriteAllBytes(FilePath, [.. bytes[..from], .. Enumerable.Repeat((byte)0xA5, bytes.Length - from)]);

        var damage = Assert.Throws<MessageIndexException>(() =>
        {
            using var index = MessageIndexFile.Open(FilePath, "mine");
            index.Check();
        });
        Assert.True(damage.IsDamaged);
        Assert.DoesNotContain("replace the node", damage.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_conversations_are_asked_at_once()
    {
        using var index = MessageIndexFile.Create(FilePath, "mine");
        index.Write([.. Enumerable.Range(1, 60).Select(at => new IndexedMessage(at, at % 6, $"a {at % 5}"))], [], 60);

        Assert.Equal([58L, 56L, 52L, 50L], Offer(index, ["a"], 60, 4, 4, 2));
        Assert.Equal([50L, 40L, 20L, 10L], Offer(index, ["a", "0"], long.MaxValue, 9, 4, 2));
        Assert.Empty(Offer(index, ["a", "9"], long.MaxValue, 9, 0, 1, 2, 3, 4, 5));
    }

    /// <summary>Words that are frequent and never meet: nothing comes out of which the asker could look at the time.
    /// </summary>
    [Fact]
    public void A_question_that_takes_long_ends_when_it_is_over()
    {
        const int Messages = 40_000;
        using var index = MessageIndexFile.Create(FilePath, "mine");
        index.Write(
            [.. Enumerable.Range(1, Messages).Select(at => new IndexedMessage(at, 1, $"x{at % 2}"))], [], Messages);
        var question = new IndexQuestion([1], ["x0", "x1"], long.MaxValue, 10);

        var glances = 0;
        Assert.Empty(index.Offer(question, () => ++glances < 0, out var isCut));
        Assert.False(isCut);
        Assert.True(glances > 3, $"it was asked {glances} times whether it is over");

        var calls = 0;
        Assert.Empty(index.Offer(question, () => ++calls >= 2, out isCut));
        Assert.True(isCut);
        Assert.Equal(2, calls);
        Assert.Equal(10, Offer(index, ["x0"], long.MaxValue, 10, 1).Count);
    }

    [Fact]
    public void How_far_it_is_stands_in_the_file_also_where_there_was_nothing_to_take_in()
    {
        using (var index = MessageIndexFile.Create(FilePath, "mine"))
        {
            index.Write([], [], 7);
            Assert.Equal(7, index.Through);
        }

        using var opened = MessageIndexFile.Open(FilePath, "mine");
        Assert.Equal(7, opened.Through);
    }

    [Fact]
    public void One_that_is_closed_says_so()
    {
        var index = MessageIndexFile.Create(FilePath, "mine");
        index.Dispose();

        Assert.False(Assert.Throws<MessageIndexException>(() => Offer(index, ["a"], 9, 9, 1)).IsDamaged);
    }

    private static IReadOnlyList<long> Offer(
        MessageIndexFile index, string[] terms, long before, int positionsMax, params long[] conversations) =>
        index.Offer(new IndexQuestion(conversations, terms, before, positionsMax), () => false, out _);
}
