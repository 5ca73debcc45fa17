using System.Text.RegularExpressions;

namespace Parley.Verbs.Doctor;

/// <summary>Reads <c>/proc/self/mountinfo</c> (proc_pid_mountinfo(5)).</summary>
internal static partial class FileSystems
{
    private const int MountPointField = 4;

    /// <summary>The type of the file system that a path lies on; empty when no mount holds it.</summary>
    /// <param name="mountInfo">The lines of the table; of two mounts at one place the later hides the earlier.</param>
    /// <param name="path">Absolute, without links.</param>
    public static string FindType(IEnumerable<string> mountInfo, string path)
    {
        var (found, type) = ("", "");
        foreach (var fields in mountInfo.Select(line => line.Split(' ')))
        {
            var separator = Array.IndexOf(fields, "-");
            if (separator <= MountPointField || separator + 1 >= fields.Length)
            {
                continue;
            }

            var point = Escape().Replace(fields[MountPointField], match => Unescape(match.Groups["octal"].Value));
            var isAbove = point == "/" || path == point
                || path.StartsWith(point + "/", StringComparison.Ordinal);
            if (isAbove && point.Length >= found.Length)
            {
                (found, type) = (point, fields[separator + 1]);
            }
        }

        return type;
    }

    private static string Unescape(string octal) => $"{(char)Convert.ToInt32(octal, fromBase: 8)}";

    [GeneratedRegex(@"\\(?<octal>[0-7]{3})", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();
}
