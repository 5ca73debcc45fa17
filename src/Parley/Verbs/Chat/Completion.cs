namespace Parley.Verbs.Chat;

/// <summary>What a word could become.</summary>
/// <param name="Start">Where the word begins.</param>
/// <param name="Candidates">In order.</param>
internal sealed record Completion(int Start, IReadOnlyList<Candidate> Candidates)
{
    /// <summary>What all candidates begin with.</summary>
    public string Common => Candidates.Select(one => one.Text).Aggregate((one, other) =>
        one[..one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count()]);
}

/// <summary>A word and what it means in one line.</summary>
internal sealed record Candidate(string Text, string Description);

/// <summary>Completes commands at the beginning of a line and people everywhere else.</summary>
internal sealed class ChatCompleter(IEnumerable<ChatCommand> commands, Func<IReadOnlyList<Candidate>> people)
{
    /// <summary>Null: nothing begins so.</summary>
    public Completion? Find(string text, int cursor)
    {
        var start = cursor == 0 ? 0 : text.LastIndexOfAny([' ', '\n'], cursor - 1) + 1;
        var word = text[start..cursor];
        if (start == 0 && word.Length > 0 && word[0] is '/' or '\\')
        {
            return Of(start, word, commands.OrderBy(command => command.Name, StringComparer.Ordinal)
                .Select(command => new Candidate(word[..1] + command.Name, command.Help)));
        }

        // A bare Tab in the middle of a sentence is a slip; behind a command it asks who there is.
        if (word.Length == 0 && !text.StartsWith('/') && !text.StartsWith('\\'))
        {
            return null;
        }

        return Of(start, word, people());
    }

    private static Completion? Of(int start, string word, IEnumerable<Candidate> all)
    {
        var found = all.Where(one => one.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase)).ToList();
        return found.Count == 0 ? null : new Completion(start, found);
    }
}
