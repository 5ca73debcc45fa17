using System.Globalization;
using SQLitePCL;

namespace Parley.Core.Storage;

/// <summary>
/// A question an operator asks of a state file, whether a node has it open or not. It can only read, and secrets read
/// as NULL wherever they stand in the statement: SQLite itself asks about every column (sqlite3_set_authorizer).
/// </summary>
internal sealed class StateQuestion : IDisposable
{
    private const int BusyTimeoutMs = 5_000;
    private const int StepsBetweenLooks = 10_000;
    private const int Allowed = 0;
    private const int Denied = 1;
    private const int ReadsAsNull = 2;

    private static readonly string[] NeverShown = ["hash", "token", "secret", "password"];

    private readonly sqlite3 handle;
    private readonly bool showTexts;

    /// <param name="path">The state file; it must be there.</param>
    /// <param name="showTexts">Whether message texts are shown.</param>
    /// <param name="isOver">Asked now and then: true ends the question.</param>
    /// <exception cref="StateQuestionException">The file cannot be opened.</exception>
    public StateQuestion(string path, bool showTexts, Func<bool> isOver)
    {
        this.showTexts = showTexts;
        Batteries_V2.Init();
        var code = raw.sqlite3_open_v2(path, out handle, raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX, null);
        try
        {
            Check(code);
            raw.sqlite3_busy_timeout(handle, BusyTimeoutMs);
            strdelegate_authorizer authorizer = (_, action, table, column, _, _) => Decide(action, table, column);
            Check(raw.sqlite3_set_authorizer(handle, authorizer, null));
            raw.sqlite3_progress_handler(handle, StepsBetweenLooks, _ => isOver() ? 1 : 0, null);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The names of the columns, then each row's values as texts.</summary>
    /// <exception cref="StateQuestionException">SQLite refused it, or it was over.</exception>
    public IEnumerable<IReadOnlyList<string?>> Ask(string sql)
    {
        Check(raw.sqlite3_prepare_v2(handle, sql, out var statement, out var rest));
        using (statement)
        {
            if (!string.IsNullOrWhiteSpace(rest))
            {
                throw new StateQuestionException("one statement expected, several found; ask them one at a time");
            }

            var columns = raw.sqlite3_column_count(statement);
            yield return
            [
                .. Enumerable.Range(0, columns)
                    .Select(column => raw.sqlite3_column_name(statement, column).utf8_to_string()),
            ];
            while (true)
            {
                var code = raw.sqlite3_step(statement);
                if (code != raw.SQLITE_ROW)
                {
                    Check(code);
                    yield break;
                }

                yield return [.. Enumerable.Range(0, columns).Select(column => TextOf(statement, column))];
            }
        }
    }

    public void Dispose() => handle.Dispose();

    private static string? TextOf(sqlite3_stmt statement, int column)
    {
        var type = raw.sqlite3_column_type(statement, column);
        if (type == raw.SQLITE_NULL)
        {
            return null;
        }

        return type == raw.SQLITE_BLOB
            ? string.Create(
                CultureInfo.InvariantCulture, $"({raw.sqlite3_column_bytes(statement, column)} bytes)")
            : raw.sqlite3_column_text(statement, column).utf8_to_string();
    }

    private int Decide(int action, string? table, string? column)
    {
        if (action is raw.SQLITE_SELECT or raw.SQLITE_FUNCTION or raw.SQLITE_RECURSIVE)
        {
            return Allowed;
        }

        if (action != raw.SQLITE_READ)
        {
            return Denied;
        }

        return column is not null && IsHidden(column) ? ReadsAsNull : Allowed;
    }

    private bool IsHidden(string column) =>
        (!showTexts && string.Equals(column, "text", StringComparison.OrdinalIgnoreCase))
        || Array.Exists(NeverShown, part => column.Contains(part, StringComparison.OrdinalIgnoreCase));

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
        {
            throw new StateQuestionException(raw.sqlite3_errmsg(handle).utf8_to_string());
        }
    }
}

/// <summary>A question could not be answered; the text says why.</summary>
internal sealed class StateQuestionException(string message) : Exception(message);
