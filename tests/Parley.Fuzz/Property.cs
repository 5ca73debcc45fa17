using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Parley.Fuzz;

/// <summary>What must hold of whatever was decoded.</summary>
internal static class Property
{
    /// <exception cref="PropertyBrokenException">It does not.</exception>
    public static void Holds(
        [DoesNotReturnIf(false)] bool condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        if (!condition)
        {
            throw new PropertyBrokenException(what);
        }
    }

    /// <exception cref="PropertyBrokenException">The two differ.</exception>
    public static void Same<T>(T expected, T found, [CallerArgumentExpression(nameof(found))] string what = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, found))
        {
            throw new PropertyBrokenException($"{what}: {expected} expected, {found} found");
        }
    }

    /// <summary>Runs what may refuse its input by these exceptions; whether it did not.</summary>
    public static bool Accepts<TRefusal>(Action decode)
        where TRefusal : Exception
    {
        try
        {
            decode();
            return true;
        }
        catch (TRefusal)
        {
            return false;
        }
    }
}

/// <summary>An input was taken for what it is not, or made something else of.</summary>
internal sealed class PropertyBrokenException(string message) : Exception(message);
